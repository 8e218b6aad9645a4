"""The plane that runs already: where it is, and what to type when none answers."""

import json
from dataclasses import dataclass
from pathlib import Path

import httpx

from apps.ops.launcher.errors import LaunchError
from tests.load.locust.identities import identities

HOW_TO_START = """\
No plane answers{where}. Start one in another terminal, and come again when it is ready:

    make run                                                    # enough for status and firmware
    API_RATE_LIMIT_RPM=10000000 API_RATE_LIMIT_BURST=1000000 make run    # for mixed
"""


@dataclass(frozen=True)
class Running:
    """A plane that answers at `url`, with its state in `state`."""

    state: Path
    url: str

    @property
    def demo(self) -> Path:
        """Its keys and devices."""
        return self.state / "demo.json"

    def require_simulated(self) -> None:
        """Raises LaunchError where the miners may be real: the scenario flashes them all."""
        if not (self.state / "run" / "miner-sim.sock").exists():
            raise LaunchError(
                f"{self.url} has no simulated site, and the firmware scenario flashes each miner, "
                "one of them with a fault. Run it on a plane that `make run` started."
            )

    def caller(self, role: str) -> httpx.Client:
        """A client with the key of a role of the first tenant."""
        (one,) = identities(self.demo, (role,), "default")
        headers = {"X-API-Key": one.key}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)


def running(state: Path) -> Running:
    """The plane whose state is in that folder. Raises LaunchError when it does not answer."""
    demo = state / "demo.json"
    if not demo.exists():
        raise LaunchError(HOW_TO_START.format(where=f": there is no {demo}"))
    url = str(json.loads(demo.read_text())["console_url"]).rstrip("/")
    try:
        httpx.get(f"{url}/ready", timeout=30).raise_for_status()
    except httpx.HTTPError:
        raise LaunchError(HOW_TO_START.format(where=f" at {url}")) from None
    return Running(state, url)
