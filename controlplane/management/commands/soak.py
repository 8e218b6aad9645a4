"""`manage.py soak [--minutes N]`: the long run, apart from the tests."""

import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from controlplane.config import CHECKOUT


class Command(BaseCommand):
    """Runs a working plane for hours and says whether it stayed flat."""

    help = "Run the plane under light work for a long time; write var/bench/soak.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, default=120)
        parser.add_argument("--kills", default="10x20", help="Miners x updates, random kills.")

    def handle(self, *args: Any, **options: Any) -> None:
        minutes = str(options["minutes"])
        command = [sys.executable, "-m", "tests.load.soak", "--minutes", minutes]
        command += ["--kills", options["kills"]]
        if subprocess.run(command, cwd=CHECKOUT, check=False).returncode:  # noqa: S603
            raise CommandError("The soak did not finish; its output says why.")
