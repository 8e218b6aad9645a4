"""Starts simulated Cores: `python -m apps.qsys.simulator --core 127.20.0.1=Lobby`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Sequence

from apps.qsys.simulator.control_interface import ControlInterface
from apps.qsys.simulator.core import Core
from apps.qsys.simulator.demo import demo_design
from apps.qsys.simulator.host import PORTS, CoreHost, faces_of

try:
    import uvloop
except ImportError:
    uvloop = None  # type: ignore[assignment]  # optional: the stock loop serves as well


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m apps.qsys.simulator", description=__doc__)
    parser.add_argument(
        "--core",
        action="append",
        required=True,
        metavar="ADDRESS[=NAME]",
        help="a Core at this loopback address; repeat for more",
    )
    parser.add_argument("--controls", type=int, default=1000, help="visible controls of a Core")
    parser.add_argument("--meters", type=int, default=8, help="how many of them are level meters")
    parser.add_argument("--port-offset", type=int, default=0, help="added to 1710, 80 and 443")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds before a silent close")
    parser.add_argument(
        "--user", action="append", default=[], metavar="NAME=PIN", help="require a logon"
    )
    parser.add_argument(
        "--control", metavar="PATH|HOST:PORT", help="serve the control interface there"
    )
    return parser.parse_args(argv)


def build(options: argparse.Namespace) -> dict[str, CoreHost]:
    """The Cores by address; they share the design, not its state."""
    design = demo_design(options.controls, options.meters)
    users = dict(one.split("=", 1) for one in options.user)
    ports = {face: port + options.port_offset for face, port in PORTS.items()}
    hosts = {}
    for one in options.core:
        address, _, name = one.partition("=")
        core = Core(design, name=name or address, users=users)
        hosts[address] = CoreHost(core, address, ports=ports, idle=options.idle)
    return hosts


def say(line: str) -> None:
    """One line for whoever started us, at once."""
    print(line, flush=True)  # noqa: T201  the command's output


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    hosts = build(options)
    for host in hosts.values():
        wanted = dict(host.ports)
        await host.listen()
        for line, face in zip(faces_of(host), wanted, strict=True):
            moved = host.ports[face] != wanted[face] and wanted[face]
            say(line + (f" instead of {wanted[face]}, which needs rights" if moved else ""))
    control = ControlInterface(hosts, options.control) if options.control else None
    if control is not None:
        say(f"control {await control.start()}")
    say("ready")
    await stopping.wait()
    if control is not None:
        control.stop()
    for host in hosts.values():
        await host.stop()


def main() -> None:
    """Entry point."""
    options = arguments()
    runner = uvloop.run if uvloop is not None else asyncio.run
    with contextlib.suppress(KeyboardInterrupt):
        runner(run(options))


if __name__ == "__main__":
    main()
