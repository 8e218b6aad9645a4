"""Talks to the control sockets of a plane's simulators: faults in, histories out."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the load scenarios give orders too, from an environment without Django
    from tests.support.plane import Plane


def order(path: Path, **request: Any) -> dict[str, Any]:
    """One order to a simulator, and its answer; raises when it says no."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(path))
        line.sendall(json.dumps(request).encode() + b"\n")
        with line.makefile("rb") as answers:
            answer: dict[str, Any] = json.loads(answers.readline())
    assert answer.pop("ok"), answer
    return answer


class MinerControl:
    """One simulated miner, by its address."""

    def __init__(self, plane: Plane, address: str) -> None:
        self._path, self.address = plane.state.run / "miner-sim.sock", address

    def tell(self, do: str, **more: Any) -> dict[str, Any]:
        return order(self._path, miner=self.address, do=do, **more)

    @contextmanager
    def fault(self, name: str, **more: Any) -> Iterator[None]:
        """The fault while the block runs."""
        self.tell("fault", fault=name, **more)
        try:
            yield
        finally:
            self.tell("heal", fault=name)

    def history(self, what: str) -> list[dict[str, Any]]:
        """What it was told of one kind, with times."""
        return list(self.tell("history", what=what)["history"])


class CoreControl:
    """One simulated Core, by its address."""

    def __init__(self, plane: Plane, address: str) -> None:
        self._path, self.address = plane.state.run / "qsys-sim.sock", address

    def tell(self, do: str, **more: Any) -> dict[str, Any]:
        return order(self._path, core=self.address, do=do, **more)

    @contextmanager
    def fault(self, **members: Any) -> Iterator[None]:
        """The faults while the block runs."""
        self.tell("fault", set=members)
        try:
            yield
        finally:
            self.tell("heal")

    def commands(self, method: str) -> list[dict[str, Any]]:
        """The commands of one method it received."""
        return list(self.tell("history", method=method)["history"])
