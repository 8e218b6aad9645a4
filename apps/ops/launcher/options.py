"""What the person asked for: the launcher's options, read from environment and arguments."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.state import State, state_root

SERVERS = ("granian", "uvicorn", "daphne")
NETWORK = re.compile(r"127\.(\d{1,3})")


@dataclass(frozen=True)
class Options:
    """One launch. An address given by the user means that its engine is not started."""

    state: State
    host: str = "127.0.0.1"
    port: int = 8000
    server: str = "granian"
    simulate: bool = True
    demo_network: str = "127.20"
    poller_shards: int = 1
    database_url: str | None = None
    database_owner_url: str | None = None
    redis_url: str | None = None

    @property
    def local_url(self) -> str:
        """How this machine reaches the web process, whatever address it binds to."""
        host = self.host
        if host in ("::", "::0"):
            host = "::1"
        elif host.replace(".", "").strip("0") == "":  # 0.0.0.0 binds everywhere, reaches nothing
            host = "127.0.0.1"
        if ":" in host:
            host = f"[{host}]"
        return f"http://{host}:{self.port}"


def read(environ: Mapping[str, str], arguments: Sequence[str] = ()) -> Options:
    """Options from the process environment and `manage.py up` arguments.

    Raises LaunchError with the name of the wrong setting.
    """
    parsed = _parser().parse_args(arguments)
    if environ.get("ENVIRONMENT") == "production" and not parsed.no_sim:
        raise LaunchError(
            "ENVIRONMENT=production has no simulated site, whose devices live on this machine. "
            "Add --no-sim, as in `make run ARGS=--no-sim`."
        )
    database_url = environ.get("DATABASE_URL") or None
    return Options(
        state=State(state_root(environ)),
        host=environ.get("HOST") or "127.0.0.1",
        port=_whole(environ, "PORT", 8000, 1, 65535),
        server=_server(environ),
        simulate=not parsed.no_sim,
        demo_network=demo_network(environ),
        poller_shards=_whole(environ, "POLLER_SHARDS", 1, 1, 64),
        database_url=database_url,
        database_owner_url=environ.get("DATABASE_OWNER_URL") or database_url,
        redis_url=environ.get("REDIS_URL") or None,
    )


def demo_network(environ: Mapping[str, str]) -> str:
    """DEMO_NETWORK: the first two octets of the simulated devices' addresses."""
    value = environ.get("DEMO_NETWORK") or "127.20"
    match = NETWORK.fullmatch(value)
    if not match or not 1 <= int(match[1]) <= 255:
        raise LaunchError(f"DEMO_NETWORK={value}: give 127.1 to 127.255, as in DEMO_NETWORK=127.21")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Start the whole plane on this machine."
    )
    parser.add_argument("--no-sim", action="store_true", help="start without the simulated site")
    return parser


def _server(environ: Mapping[str, str]) -> str:
    server = environ.get("SERVER") or "granian"
    if server not in SERVERS:
        raise LaunchError(f"SERVER={server}: choose one of {', '.join(SERVERS)}")
    return server


def _whole(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise LaunchError(f"{name}={text}: give a whole number from {least} to {most}")
    return int(text)
