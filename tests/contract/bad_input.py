"""A running plane under bad input: who calls, what must not change, and what devices do wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from apps.kernel.errors import Code
from apps.operations.failures import TABLE
from tests.contract.faces import Face, Mcp, Rest, Said, Sdk
from tests.contract.plane_witness import PlaneWitness
from tests.support.controls import CoreControl, MinerControl
from tests.support.plane import Plane

GAIN = {"device": "Lobby", "component": "Lobby Gain", "control": "gain"}
SET, STATUS, MINER, PAUSE = (
    "qsys.control.set",
    "qsys.core.status",
    "miners.miner.status",
    "miners.miner.pause",
)


@dataclass
class Scene:
    """The plane, its witness, and an engineer on every face."""

    plane: Plane
    witness: PlaneWitness
    faces: dict[str, Face]

    def device(self, name: str) -> dict[str, Any]:
        return dict(next(one for one in self.plane.demo["devices"] if one["name"] == name))

    @property
    def core(self) -> CoreControl:
        return CoreControl(self.plane, self.device("Lobby")["address"])

    @property
    def miner(self) -> MinerControl:
        return MinerControl(self.plane, self.device("Miner 01")["address"])

    def gain(self) -> Any:
        """As someone at the panel sees it."""
        return self.core.tell("get", component="Lobby Gain", control="gain")

    def commands(self) -> int:
        """How often somebody changed something at the two devices."""
        pauses = self.miner.history("pause") + self.miner.history("image")
        return len(self.core.commands("Component.Set")) + len(pauses)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """No row, no event, no device call."""
        rows, trail, calls = self.witness.prints(), self.witness.trail(), self.commands()
        gain = self.gain()
        yield
        after = self.witness.prints()
        assert {name for name in rows if rows[name] != after[name]} == set()
        assert self.witness.trail() == trail
        assert (self.commands(), self.gain()) == (calls, gain)


def require(said: Said, code: Code, face: Face) -> None:
    """The row of the table, in the words of the face."""
    row = TABLE[code]
    assert said.code in (None, code), said.text[:1000]
    if not isinstance(face, Mcp | Sdk):
        assert said.http == row.http, said.text[:1000]
        return
    assert said.rpc == row.rpc, said.text[:1000]


def sentence(said: Said) -> str:
    return str(said.body.get("detail") or said.body.get("message"))


def issued(scene: Scene, **more: Any) -> dict[str, Any]:
    """A new key of the engineer."""
    admin = Rest(scene.plane, scene.plane.key("admin"))
    said = admin.call("accounts.key.create", {"user": "engineer", "name": uuid4().hex, **more})
    assert said.http == 200, said.text
    return dict(said.body["output"])


def away(scene: Scene) -> None:
    scene.core.tell("refuse")
    scene.core.tell("cut")
    scene.miner.tell("fault", fault="refuse")


def hanging(scene: Scene) -> None:
    scene.core.tell("fault", set={"hang": True})
    scene.miner.tell("fault", fault="mute")


def garbage(scene: Scene) -> None:
    scene.core.tell("fault", set={"garbage": 3})
