"""Callers' change groups in Valkey: named lists that belong to whoever made them, and expire."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from redis.client import Pipeline

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, conflict, nearest, not_found
from apps.kernel.valkey import valkey
from apps.qsys.schemas.fields import Scalar
from apps.qsys.services.many import Path

#: How long a caller's groups are kept after the last use of any of them.
KEPT: Final = timedelta(hours=24)
GROUPS_MOST: Final = 20
CONTROLS_MOST: Final = 500

State = tuple[Scalar, str, float | None]
"""Value, string and position."""


class Group(msgspec.Struct):
    """A group: its Core, its controls, and of each what its owner was told last."""

    device: UUID
    members: list[Path] = []
    told: list[State | None] = []
    expires: datetime | None = None

    def known(self) -> dict[Path, State | None]:
        """What was told of each control, by path; None for one that was not told of yet."""
        return dict(zip(self.members, self.told, strict=True))

    def keep(self, known: dict[Path, State | None]) -> None:
        """Hold these controls, as they were told."""
        self.members, self.told = list(known), list(known.values())


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Group).decode


def get(actor: Actor, name: str) -> Group:
    """One of the actor's groups; raises `not_found`, saying how one is made."""
    stored = valkey().hget(_key(actor), name)
    if not isinstance(stored, bytes):
        raise _unknown(actor, name)
    return _decode(stored)


def every(actor: Actor) -> dict[str, Group]:
    """The actor's groups by name."""
    return dict(sorted(_read(valkey().hgetall(_key(actor))).items()))


def create(actor: Actor, name: str, device: UUID) -> Group:
    """A group of that name: the one there is, or a new one; raises `conflict` where the name
    stands for another Core, or there are too many."""

    def act(held: dict[str, Group]) -> Group:
        found = held.get(name)
        if found is None and len(held) >= GROUPS_MOST:
            raise conflict(
                f"You have {len(held)} change groups, and {GROUPS_MOST} are the most; end one "
                f"with qsys.group.destroy: {', '.join(sorted(held)[:5])}, ..."
            )
        if found is not None and found.device != device:
            raise conflict(f"Your group {name!r} is on another Core; take another name.")
        return found or Group(device)

    return _change(actor, name, act)


def change(actor: Actor, name: str, act: Callable[[Group], None]) -> Group:
    """Change one of the actor's groups; what others change at the same moment is not lost."""

    def changed(held: dict[str, Group]) -> Group:
        found = held.get(name)
        if found is None:
            raise _unknown(actor, name)
        act(found)
        return found

    return _change(actor, name, changed)


def add(group: Group, paths: list[Path]) -> None:
    """Add controls; one that is there stays as it was told. Raises `conflict` beyond the most."""
    known = group.known()
    known |= {path: None for path in paths if path not in known}
    if len(known) > CONTROLS_MOST:
        raise conflict(
            f"A change group holds {CONTROLS_MOST} controls at most, and this would make it "
            f"{len(known)}; make another group, or a watch with qsys.watch.set."
        )
    group.keep(known)


def destroy(actor: Actor, name: str) -> None:
    """Forget a group; raises `not_found` where there is none."""
    if not valkey().hdel(_key(actor), name):
        raise _unknown(actor, name)


def _change(actor: Actor, name: str, act: Callable[[dict[str, Group]], Group]) -> Group:
    key, ends = _key(actor), clock.now() + KEPT
    made: list[Group] = []

    def run(pipe: Pipeline) -> None:
        group = act(_read(pipe.hgetall(key)))
        group.expires = ends
        made.append(group)
        pipe.multi()
        pipe.hset(key, name, _encode(group))
        pipe.expire(key, int(KEPT.total_seconds()))

    # Tried again when the key was changed meanwhile: the last one made is the one that is kept.
    valkey().transaction(run, key)
    return made[-1]


def _read(stored: object) -> dict[str, Group]:
    """Groups as Valkey keeps them, by name."""
    rows = stored if isinstance(stored, dict) else {}
    return {name.decode(): _decode(body) for name, body in rows.items()}


def _unknown(actor: Actor, name: str) -> Failure:
    guess = nearest(name, every(actor))
    failure = not_found("change group", name, guess=guess)
    failure.detail += " Make one with qsys.group.create; unused ones go after a day."
    return failure


def _key(actor: Actor) -> str:
    return f"qsys:groups:{actor.tenant}:{actor.kind}:{actor.id}"
