"""The paging zones of a running design: which there are, which are meant, which are busy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel.errors import Failure, conflict, invalid, nearest
from apps.operations.context import Context
from apps.qsys.client import Paging, ZoneStatus
from apps.qsys.client.paging import PageConfig, PageZone
from apps.qsys.driver import CoreSession
from apps.qsys.policies import Write, of_paths
from apps.qsys.schemas.pages import (
    QsysPagePriority,
    QsysZoneListIn,
    QsysZoneListOut,
    QsysZoneOut,
)
from apps.qsys.services.cores import core_of
from apps.qsys.services.paging.following import follower_of

NO_ZONES: Final = (
    "The running design has no paging zone. It needs a PA Router with zones, deployed to this Core."
)
#: Zones that a refusal lists.
LISTED_MOST: Final = 12

Busy = dict[int, ZoneStatus]
"""What a Core says of its zones, by number."""


class Meant(Protocol):
    """An input that says zones by number, by name and by tag, and a priority."""

    @property
    def zones(self) -> Sequence[int | str]:
        """Numbers or names."""

    @property
    def tags(self) -> Sequence[str]:
        """Tags of zones."""

    @property
    def priority(self) -> int:
        """1 is the highest."""


@dataclass(frozen=True, slots=True)
class House:
    """The paging of a running design; `busy` is None where the Core does not tell."""

    config: PageConfig
    busy: Busy | None

    def on_the_air(self) -> set[int]:
        """The Core's numbers of the pages that hold zones now."""
        active = (one for one in (self.busy or {}).values() if one.active)
        return {one.page_id for one in active if one.page_id is not None}


def house(ctx: Context, device: Device) -> House:
    """Ask a Core for its paging; raises `conflict` where its design has none."""

    async def ask(session: CoreSession) -> House:
        config = await Paging(session.qrc).config()
        return House(config, await follower_of(session.qrc).zones(session.qrc))

    found = sessions.call(device, ask, ctx)
    if not found.config.zones:
        raise conflict(NO_ZONES)
    return found


def busy(ctx: Context, device: Device) -> Busy | None:
    """Ask a Core for its zones alone."""

    async def ask(session: CoreSession) -> Busy | None:
        return await follower_of(session.qrc).zones(session.qrc)

    return sessions.call(device, ask, ctx)


def chosen(config: PageConfig, meant: Meant) -> list[PageZone]:
    """The zones that an input means, by number; raises `invalid` for one that is not there."""
    numbers = {zone.index: zone for zone in config.zones}
    names = {zone.name: zone for zone in config.zones if zone.name}
    found: dict[int, PageZone] = {}
    for place, one in enumerate(meant.zones):
        zone = numbers.get(one) if isinstance(one, int) else names.get(one)
        if zone is None:
            raise _no_zone(f"zones.{place}", one, config)
        found[zone.index] = zone
    for place, tag in enumerate(meant.tags):
        bearing = [zone for zone in config.zones if tag in zone.tags]
        if not bearing:
            raise _no_tag(f"tags.{place}", tag, config)
        found |= {zone.index: zone for zone in bearing}
    _require_priority(config, meant.priority)
    return [found[index] for index in sorted(found)]


def _no_zone(path: str, said: int | str, config: PageConfig) -> Failure:
    guess = nearest(said, [zone.name for zone in config.zones]) if isinstance(said, str) else None
    hint = f" Did you mean {guess!r}?" if guess else ""
    listed = ", ".join(f"{one.index} {one.name!r}" for one in config.zones[:LISTED_MOST])
    more = len(config.zones) - LISTED_MOST
    allowed = f"{listed} and {more} more" if more > 0 else listed
    return invalid(path, f"the design has no paging zone {said!r}.{hint}", allowed=allowed)


def _no_tag(path: str, said: str, config: PageConfig) -> Failure:
    known = [one.name for one in config.tags]
    guess = nearest(said, known)
    hint = f" Did you mean {guess!r}?" if guess else ""
    allowed = ", ".join(known[:LISTED_MOST]) or "none: the design has no tags"
    return invalid(path, f"no paging zone bears the tag {said!r}.{hint}", allowed=allowed)


def _require_priority(config: PageConfig, priority: int) -> None:
    known = config.priorities
    if known and priority > len(known):
        listed = ", ".join(f"{n} {one.name}" for n, one in enumerate(known, 1))
        raise invalid("priority", f"the design has no priority {priority}.", allowed=listed)


def name_of(zone: PageZone) -> str:
    """A zone as people call it."""
    return zone.name or f"zone {zone.index}"


def writes(zones: Iterable[PageZone]) -> list[Write]:
    """Zones as policies judge them: by number, and by name where they have one."""
    words = [word for zone in zones for word in (str(zone.index), zone.name) if word]
    return of_paths((None, f"zone.{word}") for word in words)


def some_zones() -> list[Write]:
    """Zones as policies judge them before the Core was asked which are meant: any."""
    return [Write("", "zone.*", vague=True)]


def zone_list(ctx: Context, data: QsysZoneListIn) -> QsysZoneListOut:
    """Ask a Core for its zones, their pages, its priorities and tags."""
    device = core_of(ctx.actor, data.device)
    found = house(ctx, device)
    return QsysZoneListOut(
        device=device.id,
        zones=[_zone_out(zone, found.busy) for zone in found.config.zones],
        priorities=[
            QsysPagePriority(number=number, name=one.name)
            for number, one in enumerate(found.config.priorities, 1)
        ],
        tags=[one.name for one in found.config.tags],
    )


def _zone_out(zone: PageZone, busy: Busy | None) -> QsysZoneOut:
    status = (busy or {}).get(zone.index)
    held = status if status is not None and status.active else None
    return QsysZoneOut(
        number=zone.index,
        name=zone.name,
        tags=zone.tags,
        busy=None if status is None else status.active,
        page=held.page_id if held else None,
        priority=held.priority if held else None,
        station=held.station if held else "",
    )
