"""For whom a rollout is: exactly how many, who is left out and why, who does not answer now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from apps.console.batches import Batch, named, split
from apps.console.presenters import device_apps
from apps.fleet.models import Device, Liveness
from apps.fleet.rollouts.carrying import DEVICE, carriable
from apps.fleet.rollouts.schemas import MOST_DEVICES, FleetRolloutCreateIn
from apps.fleet.rollouts.services import chosen
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, invalid
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Face
from apps.operations.parsing import read

#: What is offered first where it may be called.
FIRST: Final = "miners.firmware.upgrade"
AWAY: Final = frozenset({Liveness.LOST, Liveness.STALE, Liveness.NEVER})


@dataclass(frozen=True, slots=True)
class Chosen:
    """Those whom the operation takes, the others by reason, and those of the first who are away."""

    batch: Batch
    away: tuple[Device, ...]

    @property
    def ids(self) -> list[str]:
        """As the operation names them, in their order."""
        return [str(one.id) for one in self.batch.taken]

    @property
    def first(self) -> str:
        """The first names, and how many more."""
        return named(self.batch.taken)

    @property
    def away_words(self) -> str:
        """Who does not answer now."""
        return named(self.away)


def carried(actor: Actor) -> list[AnyOperation]:
    """What can be rolled out, the usual first, then harmless before dangerous."""
    apps = device_apps()
    found = [
        one for one in installed().visible_to(actor, Face.CONSOLE) if one.app in apps and fits(one)
    ]
    return sorted(found, key=lambda one: (one.name != FIRST, one.danger, one.name))


def fits(operation: AnyOperation) -> bool:
    """Whether it can be rolled out from here."""
    try:
        carriable(operation.name, Face.CONSOLE)
    except Failure:
        return False
    return True


def choose(actor: Actor, operation: AnyOperation, whom: Mapping[str, str]) -> Chosen:
    """The devices of a choice; raises what is wrong with it, and `invalid` where none is left."""
    batch = split(actor, operation, chosen(actor, asked(operation, whom)), limit=MOST_DEVICES)
    if not batch.taken:
        raise invalid("devices", f"leaves nobody: {' '.join(batch.sentences)}")
    away = tuple(one for one in batch.taken if _liveness(one) in AWAY)
    return Chosen(batch, away)


def asked(operation: AnyOperation, whom: Mapping[str, str]) -> FleetRolloutCreateIn:
    """The choice as the operation that plans a rollout reads it."""
    raw: dict[str, Any] = {name: text for name, text in whom.items() if name != "names"}
    if names := whom.get("names", ""):
        raw["devices"] = [line.strip() for line in names.splitlines() if line.strip()]
    return read(FleetRolloutCreateIn, {"name": "choice", "operation": operation.name, **raw})


def require_input(operation: AnyOperation, raw: Mapping[str, Any]) -> None:
    """Raises what is wrong with the common input, before anybody chooses devices for it."""
    read(operation.input, {**raw, DEVICE: "any"})


def _liveness(device: Device) -> str:
    state = getattr(device, "state", None)
    return state.liveness if state is not None else Liveness.NEVER
