"""`python -m apps.miners.simulator`: any number of simulated miners in one process."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path

from apps.miners.simulator.control import Control
from apps.miners.simulator.device import Ports, SimulatedMiner
from apps.miners.simulator.profile import Profile, profile_for


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; argparse ends the process with a sentence on bad input."""
    parser = argparse.ArgumentParser(prog="python -m apps.miners.simulator", description=__doc__)
    parser.add_argument(
        "--miner",
        action="append",
        required=True,
        type=_miner,
        metavar="ADDRESS[=NAME]",
        help="loopback address of a miner and its host name; repeat for more",
    )
    parser.add_argument("--port-offset", type=int, default=0, help="added to every port")
    parser.add_argument("--control", type=Path, help="unix socket that takes scripted faults")
    parser.add_argument("--boot-seconds", type=float, default=5.0)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before each answer")
    return parser.parse_args(arguments)


def _miner(text: str) -> Profile:
    address, _, name = text.partition("=")
    try:
        loopback = IPv4Address(address).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        words = f"{address!r} is no address on loopback; give one like 127.1.0.1"
        raise argparse.ArgumentTypeError(words)
    return profile_for(address, name or None)


async def serve(options: argparse.Namespace) -> None:
    """Runs until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ports = Ports().shifted(options.port_offset)
    miners = {
        profile.address: SimulatedMiner(profile, ports=ports, boot_seconds=options.boot_seconds)
        for profile in options.miner
    }
    control = Control(miners)
    try:
        for miner in miners.values():
            miner.state.faults.latency = options.latency_ms / 1000
            await miner.start()
            say(describe(miner, ports.http))
        if options.control is not None:
            await control.open(options.control)
        say("ready")
        await stop.wait()
    finally:
        control.close()
        await asyncio.gather(*(miner.stop() for miner in miners.values()))


def describe(miner: SimulatedMiner, wanted_http: int) -> str:
    """One line: name, address, ports, and whether the HTTP port had to move."""
    ports = miner.ports
    line = f"{miner.state.profile.hostname} {miner.address} gRPC {ports.grpc}"
    line += f" cgminer {ports.cgminer} HTTP {ports.http}"
    if ports.http != wanted_http:
        line += f" (port {wanted_http} needs more rights)"
    return line


def say(line: str) -> None:
    """Prints at once: whoever started us waits for `ready`."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    try:
        asyncio.run(serve(parse()))
    except OSError as error:
        sys.stderr.write(f"The simulator cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
