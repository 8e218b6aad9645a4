"""Which stored changes are meant: by control, by pattern of names, by cause, by who."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from django.db.models import QuerySet, Subquery

from apps.fleet.models import Device
from apps.qsys.models import Control, ControlEvent, EventSource

ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Which:
    """What a change has to be. Empty members let everything through.

    `components` and `controls` are shell patterns over Code Names and control names; a change
    has to match one of each. `actor` is the label of who caused it.
    """

    components: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    actor: str = ""

    @property
    def names_controls(self) -> bool:
        """Whether the names say anything."""
        return not (_is_any(self.components) and _is_any(self.controls))


EVERYTHING: Final = Which()


def chosen(
    device: Device,
    which: Which = EVERYTHING,
    *,
    control: Control | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[ControlEvent]:
    """Changes of a device from `since` to before `until`; whoever asks was let in before."""
    source = EventSource.objects.filter(device_id=device.id).values("id")
    rows = ControlEvent.objects.filter(source_id=Subquery(source))
    if control is not None:
        rows = rows.filter(control_id=control.id)
    elif which.names_controls:
        rows = rows.filter(control_id__in=matching(device, which))
    if which.causes:
        rows = rows.filter(cause__in=which.causes)
    if which.actor:
        rows = rows.filter(actor=which.actor)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    return rows


def matching(device: Device, which: Which) -> list[int]:
    """Numbers of the controls whose names match, of whatever design they were."""
    known = Control.system.filter(device=device).values_list("id", "component", "name")
    return [
        number
        for number, component, name in known
        if _matches(component, which.components) and _matches(name, which.controls)
    ]


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, one) for one in patterns)


def _is_any(patterns: Sequence[str]) -> bool:
    return not patterns or ANY in patterns
