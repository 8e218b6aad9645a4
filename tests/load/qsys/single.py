"""One Core whose 1,000, 4,000 and 10,000 controls all change, ours beside the vendor's library.

Both talk to the same simulated Core, one after the other, in processes of their own: the library
with its shortest pause of 34 ms over QRWC, ours by Poll at 33 Hz over QRC, through the intake of
the poller (dictionary, last values, live frames, samples), without a database behind it.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

from tests.load.bench import Bench
from tests.load.qsys.site import POLLER_CPUS, PORT, addresses, simulators
from tests.support.node import node, node_modules
from tests.support.qsys import OFFSET, ROOT

SECONDS: Final = 8
PARTY: Final = ROOT / "tests" / "parties"
GOALS: Final = {1_000: 32.5, 4_000: 32.5, 10_000: 30.0}
PINNED: Final = ("taskset", "-c", ",".join(map(str, POLLER_CPUS)))
#: The lobby gain, without which the demo design has no room.
STILL: Final = 6


def main() -> None:
    says = f"one Core, all controls changing, {SECONDS} s each; polls answered a second"
    bench = Bench("qsys-single", says)
    node_modules(PARTY)
    for changing, goal in GOALS.items():
        options = (f"--controls={changing + STILL}", f"--meters={changing}")
        (host,) = hosts = addresses(1)
        with simulators(hosts, *options) as site:
            spent, began = site.cpu(), time.monotonic()
            ours = told([*PINNED, sys.executable, "-m", "tests.load.qsys.client", host, str(PORT)])
            took = time.monotonic() - began
            cost = (site.cpu() - spent) / took
            theirs = told([*PINNED, str(node()), str(PARTY / "qrwc_rate.mjs"), url(host)])
        name = f"{changing:,} changing"
        bench.add(f"{name}: ours", ours["hz"], "Hz", least=goal)
        bench.add(f"{name}: the vendor's library", theirs["hz"], "Hz")
        bench.add(f"{name}: CPU of ours", ours["cpu"], "cores")
        bench.add(f"{name}: CPU of the vendor's library", theirs["cpu"], "cores")
        bench.add(f"{name}: CPU of the simulator under ours", cost, "cores")
        bench.add(f"{name}: changes a poll, ours", ours["changes"], "", least=changing * 0.99)
    bench.report()


def url(host: str) -> str:
    """Where the library finds the Core."""
    return f"ws://{host}:{80 + OFFSET}/qrc-public-api/v0"


def told(command: list[str]) -> dict[str, Any]:
    """The JSON line that a client prints at its end."""
    done = subprocess.run(
        [*command, str(SECONDS)],
        cwd=Path(ROOT),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
