"""`manage.py contract`: writes what docs/ says of the code, or with --check what has changed."""

import difflib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from controlplane.config import CHECKOUT
from controlplane.contracts import files

FOLDER = CHECKOUT / "docs"
SHOWN_LINES = 200


class Command(BaseCommand):
    """The files are made of the code alone: no clock, no database."""

    help = "Writes docs/contract/ and the reference from the code; --check fails on a difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on change")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="what stands for docs/")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        made = files()
        if options["check"]:
            self._check(folder, made)
            return
        for name, content in made.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.stdout.write(f"Wrote {', '.join(made)}.")

    def _check(self, folder: Path, made: dict[str, bytes]) -> None:
        changes = [line for name, new in made.items() for line in changed(folder / name, new)]
        for line in changes[:SHOWN_LINES]:
            self.stdout.write(line)
        if changes:
            raise CommandError("The contract changed. Run 'manage.py contract', review, commit.")


def changed(path: Path, new: bytes) -> list[str]:
    """The difference between the file and what it should be, as a unified diff."""
    old = path.read_text() if path.is_file() else ""
    return list(
        difflib.unified_diff(
            old.splitlines(), new.decode().splitlines(), path.name, "the code", lineterm="", n=1
        )
    )
