"""`manage.py firmware_statement`: prints what a person signs, offline, for a firmware image."""

import hashlib
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.miners.firmware.signing import PRODUCT, Statement, require_release

PIECE = 1 << 20


class Command(BaseCommand):
    """Needs the file alone: no database, no network, and no key."""

    help = (
        "Prints the canonical statement of a firmware image. Sign exactly these bytes: "
        "openssl pkeyutl -sign -rawin -inkey KEY.pem -in STATEMENT | base64 -w0"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the image")
        parser.add_argument("--release", required=True, help="its version, as miners will say it")
        parser.add_argument(
            "--model", action="append", required=True, help="a model it is for; may be repeated"
        )
        parser.add_argument(
            "--platform", action="append", default=[], help="a control board, such as AM3_AML"
        )
        parser.add_argument("--min-version", default="", help="oldest release it installs on")
        parser.add_argument("--product", default=PRODUCT)

    def handle(self, *args: Any, **options: Any) -> None:
        digest, size = digested(options["file"])
        try:
            require_release(options["min_version"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        statement = Statement(
            sha256=digest,
            size=size,
            version=options["release"],
            hardware=tuple(options["model"]),
            platforms=tuple(options["platform"]),
            min_version=options["min_version"],
            product=options["product"],
        )
        # Without an end of line, which would be signed too.
        self.stdout.write(statement.canonical().decode(), ending="")


def digested(path: Path) -> tuple[str, int]:
    """SHA-256 in hex and size in bytes of a file; raises CommandError for one that is not there."""
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += len(piece)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
    return digest.hexdigest(), size
