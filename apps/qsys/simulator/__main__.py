"""Starts simulated Cores: `python -m apps.qsys.simulator --core 127.20.0.1 --design arena`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterable, Sequence

from apps.qsys.simulator.control_interface import ControlInterface
from apps.qsys.simulator.core import Core
from apps.qsys.simulator.demo import demo_design
from apps.qsys.simulator.designs import DesignError, load_design, samples
from apps.qsys.simulator.host import EMULATED, PORTS, CoreHost, faces_of
from apps.qsys.simulator.pair import Pair
from apps.qsys.simulator.spec import DesignSpec

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
    parser.add_argument(
        "--design",
        action="append",
        default=[],
        metavar="[ADDRESS=]NAME|FILE",
        help=f"what the Core at this address, or every other Core, runs: a YAML file or one of "
        f"{', '.join(samples())}; without it a demo of --controls and --meters",
    )
    parser.add_argument(
        "--pair",
        action="append",
        default=[],
        metavar="ADDRESS=ADDRESS",
        help="make two of the Cores a redundant pair, the first one active",
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
    """The Cores by address; those of one design share it, not its state. Raises DesignError."""
    names = dict(_pair(one) for one in options.core)
    designs = chosen_designs(options, names)
    users = dict(one.split("=", 1) for one in options.user)
    hosts = {}
    for address, name in names.items():
        core = Core(designs[address], name=name or address, users=users)
        faces = EMULATED if core.design.emulator else tuple(PORTS)
        ports = {face: PORTS[face] + options.port_offset for face in faces}
        hosts[address] = CoreHost(core, address, ports=ports, idle=options.idle)
    for one in options.pair:
        first, _, second = one.partition("=")
        Pair(hosts[first], hosts[second])
    return hosts


def chosen_designs(options: argparse.Namespace, addresses: Iterable[str]) -> dict[str, DesignSpec]:
    """The design of each address; a file that several run is read once."""
    given = dict(_pair(one) for one in options.design if _pair(one)[0] in addresses)
    common = [one for one in options.design if _pair(one)[0] not in addresses]
    if len(common) > 1:
        raise DesignError("one --design without the address of a Core is enough", source=common[1])
    made = {name: load_design(name) for name in {*given.values(), *common}}
    usual = made[common[0]] if common else demo_design(options.controls, options.meters)
    return {one: made[given[one]] if one in given else usual for one in addresses}


def _pair(text: str) -> tuple[str, str]:
    first, _, second = text.partition("=")
    return first, second


def say(line: str) -> None:
    """One line for whoever started us, at once."""
    print(line, flush=True)  # noqa: T201  the command's output


async def run(hosts: dict[str, CoreHost], place: str | None) -> None:
    """Serve until SIGTERM or SIGINT; `place` is that of the control interface."""
    stopping = asyncio.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    for host in hosts.values():
        wanted = dict(host.ports)
        await host.listen()
        for line, face in zip(faces_of(host), wanted, strict=True):
            moved = host.ports[face] != wanted[face] and wanted[face]
            say(line + (f" instead of {wanted[face]}, which needs rights" if moved else ""))
    control = ControlInterface(hosts, place) if place else None
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
    try:
        hosts = build(options)
    except DesignError as error:
        sys.exit(str(error))
    runner = uvloop.run if uvloop is not None else asyncio.run
    with contextlib.suppress(KeyboardInterrupt):
        runner(run(hosts, options.control))


if __name__ == "__main__":
    main()
