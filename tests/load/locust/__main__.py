"""`make load ARGS=status`: a reference load scenario on a plane that runs, as locust plays it.

Locust lives in an environment of its own, made at the first use: it patches the standard library.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.ops.launcher import bootstrap
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.say import say
from apps.ops.launcher.state import CHECKOUT, state_root
from tests.load.locust import library
from tests.load.locust.plane import Running, running

VENV, LOCK = ".venv-load", "requirements/load.txt"
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
#: Clients that begin in one second; locust warns of more. Calls begin when all are there.
SPAWNED_MOST = 100


@dataclass(frozen=True)
class Sized:
    """A scenario's class in the locustfile, and the size that the reference asks for."""

    user_class: str
    users: int
    minutes: float


SCENARIOS = {
    "status": Sized("Status", 100, 5),
    "firmware": Sized("Firmware", 10, 60),
    "mixed": Sized("Mixed", 200, 5),
}


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The command line; what is not known here goes to locust."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--users", type=int, help="clients; the reference's number unless given")
    parser.add_argument("--minutes", type=float, help="how long; for firmware, at most")
    parser.add_argument("--rate", type=float, default=1000, help="calls a second of mixed")
    parser.add_argument("--state", type=Path, help="the plane's state directory (var)")
    return parser.parse_known_args(arguments)


def command(chosen: argparse.Namespace, plane: Running, more: Sequence[str]) -> list[str]:
    """Locust's command line."""
    sized = SCENARIOS[chosen.scenario]
    users, minutes = chosen.users or sized.users, chosen.minutes or sized.minutes
    return [
        *(str(CHECKOUT / VENV / "bin" / "locust"), "-f", str(LOCUSTFILE), sized.user_class),
        *("--headless", "--only-summary", "--loglevel", "WARNING", "--host", plane.url),
        *(
            "--users",
            str(users),
            "--spawn-rate",
            str(min(users, SPAWNED_MOST)),
            "--stop-timeout",
            "30",
        ),
        *("--run-time", f"{round(minutes * 60)}s", "--rate", str(chosen.rate)),
        *("--state", str(plane.state), *more),
    ]


def main(arguments: Sequence[str]) -> int:
    """0 when every limit was kept, 1 when one was missed or nothing could be measured."""
    chosen, more = parse(arguments)
    try:
        plane = running((chosen.state or state_root(os.environ)).absolute())
        if chosen.scenario == "firmware":
            plane.require_simulated()
            library.ensure(plane)
    except LaunchError as error:
        say(str(error))
        return 1
    if bootstrap.main(["--venv", VENV, "--lock", LOCK]):
        return 1
    environ = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command(chosen, plane, more), cwd=CHECKOUT, env=environ, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
