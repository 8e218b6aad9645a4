"""`manage.py operations`: prints the catalogue."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation


class Command(BaseCommand):
    """One line an operation, or with --json everything a program wants to know."""

    help = "Prints every operation: name, danger, permission, faces and summary."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as JSON")
        parser.add_argument("name", nargs="?", default="", help="only names that begin so")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [one for one in installed() if one.name.startswith(options["name"])]
        if options["json"]:
            self.stdout.write(json.dumps([described(one) for one in found], indent=2))
            return
        width = max((len(one.name) for one in found), default=0)
        for one in found:
            faces = ",".join(sorted(one.faces))
            self.stdout.write(
                f"{one.name:{width}}  {one.danger.name.lower():11}  {one.permission:20}  "
                f"{faces:26}  {one.summary}"
            )


def described(operation: AnyOperation) -> dict[str, Any]:
    """An operation in plain data, sorted where order has no meaning."""
    return {
        "name": operation.name,
        "aliases": sorted(operation.aliases),
        "summary": operation.summary,
        "permission": operation.permission,
        "danger": operation.danger.name.lower(),
        "repeat": operation.repeat.value,
        "mode": operation.mode.value,
        "device": operation.device,
        "faces": sorted(operation.faces),
        "input": operation.input.__name__,
        "output": operation.output.__name__,
    }
