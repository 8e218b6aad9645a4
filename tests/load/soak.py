"""The long run: a working plane for hours; memory and descriptors of every process have to be flat.

`python -m tests.load.soak --minutes 120`. Every second a control is set, a miner asked and the
fleet listed; every half minute each process is measured. Afterwards miners are flashed over and
over while workers die at random.
"""

import argparse
import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx

from tests.load.bench import Bench, children_of
from tests.support.plane import Plane

MEASURE_SECONDS = 30
#: The first part of the run, in which caches and pools fill.
WARM_SHARE = 0.3
Sample = tuple[float, float, int]


def measure(pid: int) -> tuple[float, int]:
    """Resident memory (MB) and open descriptors of a process and its children."""
    memory, files = 0.0, 0
    for one in children_of(pid):
        status = Path(f"/proc/{one}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        memory += int(line.split()[1]) / 1024
        files += len(list(Path(f"/proc/{one}/fd").iterdir()))
    return memory, files


def slope_per_hour(samples: list[Sample]) -> float:
    """Megabytes an hour, by least squares over what came after warming up."""
    start = samples[0][0] + (samples[-1][0] - samples[0][0]) * WARM_SHARE
    kept = [(at / 3600, memory) for at, memory, _ in samples if at >= start]
    middle = sum(at for at, _ in kept) / len(kept)
    mean = sum(memory for _, memory in kept) / len(kept)
    spread = sum((at - middle) ** 2 for at, _ in kept)
    return sum((at - middle) * (memory - mean) for at, memory in kept) / spread if spread else 0.0


def work(plane: Plane, over: threading.Event, failures: list[str]) -> None:
    """What a quiet day does, a little faster."""
    headers = {"X-API-Key": plane.key("operator")}
    with httpx.Client(base_url=f"{plane.url}/api/v1", headers=headers, timeout=20) as http:
        for turn in itertools.count():
            if over.wait(1.0):
                return
            gain = {"device": "Lobby", "component": "Lobby Gain", "control": "gain"}
            for operation, given in (
                ("qsys.control.set", {**gain, "value": -20.0 - turn % 20}),
                ("miners.miner.status", {"device": f"Miner {turn % 10 + 1:02d}"}),
                ("fleet.device.list", {}),
            ):
                answer = http.post(f"/operations/{operation}", json={"input": given})
                if answer.status_code != 200:
                    failures.append(f"{operation}: {answer.text[:200]}")


def run(plane: Plane, seconds: float) -> tuple[dict[str, list[Sample]], list[str]]:
    """Work and measure for `seconds`."""
    over, failures = threading.Event(), list[str]()
    worker = threading.Thread(target=work, args=(plane, over, failures))
    worker.start()
    samples: dict[str, list[Sample]] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        over.wait(min(MEASURE_SECONDS, max(0.0, end - time.monotonic())))
        for name, pid in plane.pids().items():
            samples.setdefault(name, []).append((time.monotonic(), *measure(pid)))
    over.set()
    worker.join()
    return samples, failures


def random_kills(size: str) -> int:
    """Miners x updates under workers that die at random: how often an invariant was broken."""
    command = [sys.executable, "-m", "pytest", "-s", "-q", "tests/faults/test_random_kills.py"]
    environ = {**os.environ, "RANDOM_KILLS": size}
    return int(subprocess.run(command, env=environ, check=False).returncode != 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--kills", default="10x20", help="miners x updates under random kills")
    arguments = parser.parse_args()
    minutes = arguments.minutes
    bench = Bench("soak", f"a working plane for {minutes:g} minutes")
    with Plane() as plane:
        samples, failures = run(plane, minutes * 60)
    for name, found in sorted(samples.items()):
        bench.add(f"memory slope of {name}", slope_per_hour(found), "MB/h", most=1)
        bench.add(f"descriptors of {name}, growth", found[-1][2] - found[0][2], "", most=5)
    bench.add("calls that failed", len(failures), "", most=0)
    bench.add(f"random kills, {arguments.kills}", random_kills(arguments.kills), "broken", most=0)
    bench.report()
    for failure in failures[:10]:
        print(failure)


if __name__ == "__main__":
    main()
