"""A small set of operations whose handlers do as a test tells them, in a catalogue of their own.

with verbs.catalogue() as world:
    world.then(Failure(Code.BUSY, "Later."))
    outcome = world.call("test.note.write", {"text": "hello"}, actor)
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection
from pydantic import BaseModel, Field, SecretStr

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.events.types import DeviceChanged
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.kernel.ids import new_id
from apps.kernel.redact import ShownOnce
from apps.operations import builtin
from apps.operations import catalogue as catalogues
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import (
    Danger,
    Face,
    Mode,
    Operation,
    Repeat,
    Schema,
    TargetRef,
)
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Plan, PlanChange, PlanRefusal, PlanTarget

FACES = frozenset(Face)


class TextIn(Schema):
    """A text, at most twenty characters long."""

    text: str = Field(default="", max_length=20)


class TextOut(Schema):
    """What was said, and before it."""

    text: str
    before: str | None = None
    after: str | None = None


class SecretIn(Schema):
    """A secret."""

    password: SecretStr


class SecretOut(Schema):
    """A secret made here."""

    token: ShownOnce


class UnitsIn(Schema):
    """Devices by id."""

    devices: list[UUID]
    text: str = ""


class UnitsOut(Schema):
    """What happened."""

    text: str = "done"
    before: str | None = None
    after: str | None = None


class World:
    """What the handlers did, and what they are to do next."""

    def __init__(self) -> None:
        self.done: list[BaseModel] = []
        self.contexts: list[Context] = []
        self.script: list[Any] = []
        self.verdict: Outcome | Exception | Callable[[], Outcome] | None = None
        self.asked = 0
        self.refused: set[UUID] = set()

    def then(self, *results: Any) -> "World":
        """What the next calls of a handler give: an exception, a result, or a function."""
        self.script.extend(results)
        return self

    def act(self, ctx: Context, data: BaseModel, default: BaseModel) -> Any:
        self.done.append(data)
        self.contexts.append(ctx)
        result = self.script.pop(0) if self.script else default
        if callable(result) and not isinstance(result, BaseModel):
            result = result(ctx)
        if isinstance(result, Exception):
            raise result
        return default if result is None else result

    def call(self, operation: str, data: dict[str, Any], actor: Actor, **fields: Any) -> Outcome:
        """One call through the door, over REST where no other face is named."""
        fields.setdefault("face", Face.REST)
        return invoke(Call(operation=operation, input=data, actor=actor, **fields))


def text_handler(world: World) -> Callable[[Context, TextIn], Any]:
    def handler(ctx: Context, data: TextIn) -> Any:
        ctx.emit(DeviceChanged(device_id=new_id(), name="unit", change=data.text))
        return world.act(ctx, data, TextOut(text=data.text, before="old", after=data.text))

    return handler


def units_handler(world: World) -> Callable[[Context, UnitsIn], Any]:
    def handler(ctx: Context, data: UnitsIn) -> Any:
        return world.act(ctx, data, UnitsOut())

    return handler


def units_targets(actor: Actor, data: UnitsIn) -> tuple[TargetRef, ...]:
    found = {row.id: row for row in Device.objects.for_actor(actor, "fleet.view")}
    for number in data.devices:
        if number not in found:
            raise not_found("device", number)
    rows = [found[number] for number in data.devices]
    return tuple(TargetRef("device", row.id, row.name, row.site_path, row.id) for row in rows)


def units_plan(world: World) -> Callable[[Context, UnitsIn], Plan]:
    def plan(ctx: Context, data: UnitsIn) -> Plan:
        rows = Device.system.filter(id__in=data.devices)
        return Plan(
            targets=tuple(PlanTarget(kind="device", id=row.id, label=row.name) for row in rows),
            changes=tuple(PlanChange(target=row.id, what="text", after=data.text) for row in rows),
            refusals=tuple(
                PlanRefusal(target=row.id, reason=f"{row.name} is busy.")
                for row in rows
                if row.id in world.refused
            ),
        )

    return plan


def settle(world: World) -> Callable[[Context, BaseModel, UUID], Outcome | None]:
    def ask(ctx: Context, data: BaseModel, intent: UUID) -> Outcome | None:
        world.asked += 1
        if isinstance(world.verdict, Exception):
            raise world.verdict
        return world.verdict() if callable(world.verdict) else world.verdict

    return ask


def operations(world: World) -> tuple[Operation[Any, Any], ...]:
    """The verbs, bound to one world."""

    def text(name: str, danger: Danger = Danger.CHANGE, **fields: Any) -> Operation[Any, Any]:
        fields.setdefault("repeat", Repeat.NATURAL)
        return Operation(
            name=f"test.{name}",
            summary="Write a text.",
            input=TextIn,
            output=TextOut,
            handler=text_handler(world),
            permission="fleet.view" if danger is Danger.READ else "fleet.operate",
            danger=danger,
            faces=fields.pop("faces", FACES),
            **fields,
        )

    def units(name: str, danger: Danger, **fields: Any) -> Operation[Any, Any]:
        fields.setdefault("repeat", Repeat.NATURAL)
        return Operation(
            name=f"test.{name}",
            summary="Do something to devices.",
            input=UnitsIn,
            output=UnitsOut,
            handler=units_handler(world),
            targets=units_targets,
            plan=units_plan(world),
            permission="fleet.operate",
            danger=danger,
            faces=FACES,
            **fields,
        )

    def token(ctx: Context, data: SecretIn) -> Any:
        made = SecretOut(token=SecretStr("cp_made_once"))
        return world.act(ctx, data, made)

    secret: Operation[Any, Any] = Operation(
        name="test.secret.set",
        summary="Take a secret and make another.",
        input=SecretIn,
        output=SecretOut,
        handler=token,
        permission="fleet.operate",
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    )
    device: dict[str, Any] = {"device": True, "settle": settle(world)}
    return (
        text("note.read", Danger.READ),
        text("note.look", Danger.READ, audited=True),
        text("note.write", aliases=("write_note",)),
        text("note.keyed", repeat=Repeat.KEYED),
        text("note.private", faces=frozenset({Face.CONSOLE})),
        text("unit.set", **device),
        text("work.run", mode=Mode.JOB),
        text("work.once", mode=Mode.JOB, repeat=Repeat.NEVER),
        text("work.drive", mode=Mode.JOB, **device),
        units("unit.tag", Danger.CHANGE),
        units("unit.reboot", Danger.DISRUPTIVE),
        units("unit.wipe", Danger.DESTRUCTIVE),
        units("unit.flash", Danger.DISRUPTIVE, mode=Mode.JOB, **device),
        secret,
    )


@contextmanager
def catalogue() -> Iterator[World]:
    """The product's own operations and the verbs; the real catalogue comes back afterwards."""
    world, real = World(), catalogues.installed()
    made = catalogues.Catalogue()
    made.add(builtin.OPERATIONS)
    made.add(operations(world))
    catalogues.install(made.freeze())
    try:
        yield world
    finally:
        catalogues.install(real)


def rows(**conditions: Any) -> list[AuditLog]:
    """Audit rows in the order they were written."""
    return list(AuditLog.system.filter(**conditions).order_by("id"))


def entries(**conditions: Any) -> list[tuple[str, str]]:
    """What kind of row, and with which verdict."""
    return [(row.entry, row.verdict) for row in rows(**conditions)]


def told(kind: str) -> list[dict[str, Any]]:
    """Payloads of the events of a kind, oldest first."""
    return [row.payload for row in Outbox.objects.filter(type=kind).order_by("id")]


def connection_is_idle() -> bool:
    """Whether no transaction is open on this thread's connection."""
    return connection.get_autocommit() and not connection.in_atomic_block


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition; fails after so many seconds."""
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError(f"not in {seconds:g} s")
        time.sleep(0.01)
