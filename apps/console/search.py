"""One search over what somebody may see and do: rooms, devices, jobs and actions."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.db.models import Case, IntegerField, Q, Value, When
from django.urls import reverse

from apps.console.nav import rooms
from apps.console.status import Badge, badge
from apps.fleet import selectors as fleet
from apps.fleet.models import Device, Liveness
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.kernel.actor import Actor
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Face

#: Hits of one kind; who needs more opens the list with the same words.
MOST: Final = 6
LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: where it is, its name, a line about it, and its state."""

    url: str
    name: str
    about: str = ""
    state: Badge | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind; `more` is the list that goes on with the same words."""

    word: str
    hits: tuple[Hit, ...]
    more: str = ""


def search(actor: Actor, text: str) -> list[Group]:
    """Everything that fits all words of `text`; without words the rooms."""
    words = text.lower().split()
    found = [Group("Go to", tuple(_rooms(actor, words)))]
    if words:
        found += [_devices(actor, text), _jobs(actor, text), _actions(actor, words)]
    return [group for group in found if group.hits]


def _rooms(actor: Actor, words: list[str]) -> Iterable[Hit]:
    return (
        Hit(reverse(room.url), room.word)
        for room in rooms(actor)
        if all(word in room.word.lower() for word in words)
    )


def _devices(actor: Actor, text: str) -> Group:
    """Names that begin with the text stand before those that hold it."""
    begins = Case(When(name__istartswith=text, then=Value(0)), default=Value(1))
    begins.output_field = IntegerField()
    rows = fleet.matching(actor, text=text) | fleet.matching(actor, tag=text)
    found = rows.order_by(begins, "name")[: MOST + 1]
    return _group("Devices", [_device(one) for one in found], reverse("console:devices"), text)


def _device(one: Device) -> Hit:
    state = getattr(one, "state", None)
    liveness = state.liveness if state else Liveness.NEVER
    about = f"{one.site_path.strip('/').replace('/', ' / ')} · {one.address}"
    return Hit(
        reverse("console:device", args=(one.id,)), one.name, about, badge("liveness", liveness)
    )


def _jobs(actor: Actor, text: str) -> Group:
    fits = Q(operation__icontains=text) | Q(object_label__icontains=text)
    found = jobs.jobs(actor).filter(fits)[: MOST + 1]
    return _group("Jobs", [_job(one) for one in found], reverse("console:jobs"), text)


def _job(one: Job) -> Hit:
    return Hit(
        reverse("console:job", args=(one.id,)),
        one.operation,
        f"{one.object_label} · {one.actor_label}".strip(" ·"),
        badge("job", one.state),
    )


def _actions(actor: Actor, words: list[str]) -> Group:
    fits = [
        _action(one)
        for one in installed().visible_to(actor, Face.CONSOLE)
        if all(word in f"{one.name} {one.summary}".lower() for word in words)
    ]
    return _group("Actions", fits[: MOST + 1], reverse("console:operations"), " ".join(words))


def _action(one: AnyOperation) -> Hit:
    url = reverse("console:operation", args=(one.name,))
    return Hit(url, one.name, one.summary, badge("danger", one.danger.name))


def _group(word: str, hits: list[Hit], listing: str, text: str) -> Group:
    """At most `MOST` hits, and the way to the rest where there are more."""
    more = f"{listing}?{urlencode({'q': text})}" if len(hits) > MOST else ""
    return Group(word, tuple(hits[:MOST]), more)
