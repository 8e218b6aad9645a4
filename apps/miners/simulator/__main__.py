"""`python -m apps.miners.simulator`: any number of simulated miners in one process."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from ipaddress import IPv4Address
from itertools import islice
from pathlib import Path

from apps.miners.simulator.control import Control
from apps.miners.simulator.device import Ports, SimulatedMiner
from apps.miners.simulator.network import network_of
from apps.miners.simulator.profile import Profile, profile_for

_MOST = 20_000
_END_OF_LOOPBACK = int(IPv4Address("127.255.255.254"))


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; argparse ends the process with a sentence on bad input."""
    parser = argparse.ArgumentParser(prog="python -m apps.miners.simulator", description=__doc__)
    parser.add_argument(
        "--miner",
        action="append",
        default=[],
        type=_miner,
        metavar="ADDRESS[=NAME]",
        help="loopback address of a miner and its host name; repeat for more",
    )
    parser.add_argument(
        "--many",
        type=_many,
        default=[],
        metavar="ADDRESS+COUNT",
        help="so many miners from a loopback address on, such as 127.1.0.1+1000",
    )
    parser.add_argument("--port-offset", type=int, default=0, help="added to every port")
    parser.add_argument("--control", type=Path, help="unix socket that takes scripted faults")
    parser.add_argument("--boot-seconds", type=float, default=5.0)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="before each answer")
    parser.add_argument(
        "--network", action="store_true", help="wait 50-500 ms before each answer, seldom 5-8 s"
    )
    options = parser.parse_args(arguments)
    options.miner = [*options.miner, *options.many]
    if not options.miner:
        parser.error("give --miner ADDRESS, or --many ADDRESS+COUNT")
    return options


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


def _many(text: str) -> list[Profile]:
    """Miners at addresses in a row; those that end in 0 or 255 are left out."""
    first, _, count = text.partition("+")
    if not count.isdigit() or not 0 < int(count) <= _MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS+COUNT, at most {_MOST}")
    addresses = iter(range(int(IPv4Address(_miner(first).address)), _END_OF_LOOPBACK))
    usable = (IPv4Address(one) for one in addresses if one & 255 not in (0, 255))
    return [profile_for(str(one)) for one in islice(usable, int(count))]


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
    began = loop.time()
    try:
        for miner in miners.values():
            miner.state.faults.latency = options.latency_ms / 1000
            if options.network:
                miner.state.faults.network = network_of(miner.state.profile.uid)
            await miner.start()
            if miner.state.profile not in options.many:
                say(describe(miner, ports.http))
        if options.control is not None:
            await control.open(options.control)
        if options.many:
            say(f"{len(miners)} miners in {loop.time() - began:.1f} s, {resident_mb():.0f} MB")
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


def resident_mb() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


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
