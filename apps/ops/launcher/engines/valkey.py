"""Runs the embedded Valkey: its command line, and whether it answers."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from apps.ops.launcher.engines.binaries import valkey_server
from apps.ops.launcher.process import Phase, Spec
from apps.ops.launcher.sockets import socket_folder

DURABLE = {"appendonly": "yes", "appendfsync": "everysec"}
THROWAWAY = {"appendonly": "no", "databases": "64"}
"""For test runs: nothing on disk, and a database number for each test worker."""


@dataclass(frozen=True)
class Valkey:
    """An embedded server that is ready to be started."""

    program: Path
    data: Path
    socket: Path
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def spec(self, environ: Mapping[str, str]) -> Spec:
        """How the server is started: a private socket, no TCP."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": "",
            "maxmemory-policy": "noeviction",
            "set-proc-title": "no",
            **self.settings,
        }
        options = [part for name in settings for part in (f"--{name}", settings[name])]
        return Spec(
            name="valkey",
            argv=[str(self.program), *options],
            environ=environ,
            cwd=self.data,
            phase=Phase.CACHE,
            before=partial(self.socket.unlink, missing_ok=True),
        )

    def answers(self) -> bool:
        """Whether PING is answered with PONG: not yet while it still loads its data."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def prepare(
    data: Path, environ: Mapping[str, str], settings: Mapping[str, str] | None = None
) -> Valkey:
    """Everything the server needs before its first start, in the folder `data`."""
    data.mkdir(mode=0o700, exist_ok=True)
    folder = socket_folder(data, environ)
    chosen = DURABLE if settings is None else settings
    return Valkey(valkey_server(), data, folder / "valkey.sock", chosen)
