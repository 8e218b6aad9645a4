"""`manage.py bench [NAME…]`: runs the benches, each alone; results go to var/bench/."""

import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from controlplane.config import CHECKOUT

FOLDER = CHECKOUT / "tests" / "load"
SHARED = ("__init__", "bench", "soak")


def names() -> list[str]:
    """The benches there are: a module or a package with a `__main__` each in tests/load/."""
    modules = {path.stem for path in FOLDER.glob("*.py")} - set(SHARED)
    return sorted(modules | {path.parent.name for path in FOLDER.glob("*/__main__.py")})


class Command(BaseCommand):
    """Runs benches one after the other, in processes of their own."""

    help = "Run the benches (all, or the named ones) and write var/bench/<name>.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help=f"of {', '.join(names())}")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["names"] or names()
        unknown = sorted(set(wanted) - set(names()))
        if unknown:
            raise CommandError(f"There is no bench {unknown[0]!r}; there are: {', '.join(names())}")
        failed = [name for name in wanted if not run(name)]
        if failed:
            raise CommandError(f"These benches did not finish: {', '.join(failed)}")


def run(name: str) -> bool:
    """Whether the bench came to its end."""
    command = [sys.executable, "-m", f"tests.load.{name}"]
    return subprocess.run(command, cwd=CHECKOUT, check=False).returncode == 0  # noqa: S603
