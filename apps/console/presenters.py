"""What the console knows of each family of devices: its operations, its readings, its charts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.urls import reverse

from apps.accounts.selectors import agents
from apps.console.families import cores, linked, miners
from apps.console.families.show import Reading, Series
from apps.console.families.strips import Strips
from apps.fleet.models import Device, DiscoveryRange
from apps.kernel.actor import Actor
from apps.operations.core import AnyOperation


def summary_readings(actor: Actor, device: Device) -> tuple[Reading, ...]:
    """What the poller last wrote into the state's summary; lists and objects are left out."""
    state = getattr(device, "state", None)
    summary = state.summary if state is not None else {}
    return tuple(
        Reading(key, key.replace("_", " ").capitalize(), value)
        for key, value in summary.items()
        if isinstance(value, str | int | float | bool)
    )


def no_history(actor: Actor, device: Device) -> tuple[Series, ...]:
    """Families that keep no history show none."""
    return ()


def no_desk(actor: Actor, device: Device) -> Strips:
    """Families without controls that are set by hand."""
    return Strips([], [])


def nothing_more(actor: Actor, device: Device) -> dict[str, Any]:
    """Families whose pages have what every device's has."""
    return {}


@dataclass(frozen=True, slots=True)
class Presenter:
    """How devices of one driver are shown. `app` owns the operations on them."""

    app: str
    word: str
    icon: str
    readings: Callable[[Actor, Device], tuple[Reading, ...]] = summary_readings
    history: Callable[[Actor, Device], tuple[Series, ...]] = no_history
    desk: Callable[[Actor, Device], Strips] = no_desk
    more: Callable[[Actor, Device], dict[str, Any]] = nothing_more
    links: tuple[tuple[str, str], ...] = field(default=())


#: By driver. A domain gives its own selectors for readings and history here.
PRESENTERS: Final[dict[str, Presenter]] = {
    "qsys": Presenter(
        "qsys", "Q-SYS Core", "volume-2", cores.readings, cores.history, cores.desk, linked.linked
    ),
    "braiins": Presenter(
        "miners", "Miner", "pickaxe", miners.readings, miners.history, more=miners.parts
    ),
}
PLAIN: Final = Presenter("fleet", "Device", "server")


def presenter(driver: str) -> Presenter:
    """The presenter of a driver; a plain one for drivers that have none yet."""
    return PRESENTERS.get(driver, PLAIN)


def drivers_of(app: str) -> tuple[str, ...]:
    """The drivers whose devices the operations of `app` act on; empty means all."""
    return tuple(name for name, one in PRESENTERS.items() if one.app == app)


def device_apps() -> frozenset[str]:
    """The apps whose operations act on devices: the fleet's own and each family's."""
    return frozenset({PLAIN.app, *(one.app for one in PRESENTERS.values())})


def button_word(operation: AnyOperation) -> str:
    """`fleet.device.tag` reads as `Device: tag`."""
    return ": ".join(operation.name.split(".")[1:]).replace("_", " ").capitalize()


MOST_RANGES: Final = 500

Choices = Callable[[Actor], tuple[tuple[str, str], ...]]


def agent_choices(actor: Actor) -> tuple[tuple[str, str], ...]:
    """The tenant's agents, for whoever may stop one."""
    if not actor.may_everywhere("accounts.operate"):
        return ()
    return tuple((one.username, one.username) for one in agents(actor))


def range_choices(actor: Actor) -> tuple[tuple[str, str], ...]:
    """The declared ranges that the actor may see."""
    rows = DiscoveryRange.objects.for_actor(actor, "fleet.view")[:MOST_RANGES]
    return tuple((str(one.id), f"{one.network} — {one.path.strip('/')}") for one in rows)


#: Fields that name a row of an app, by app and field: what may be chosen instead of typed.
CHOICES: Final[dict[tuple[str, str], Choices]] = {
    ("accounts", "agent"): agent_choices,
    ("fleet", "range"): range_choices,
    ("miners", "range"): range_choices,
    ("miners", "image"): miners.image_choices,
}


#: Fields by which an output names what has a page, that page, and the field its address takes.
PAGES: Final = {
    "rollout": ("console:rollout", "rollout"),
    "page": ("console:paging", "device"),
    "export": ("console:exports", "device"),
}


def page_of(output: Mapping[str, Any] | None) -> str | None:
    """The address of the page of what an output is about; None where it has none."""
    found = output or {}
    for name, (view, argument) in PAGES.items():
        if name in found and (number := found.get(argument)):
            return reverse(view, args=(number,))
    return None
