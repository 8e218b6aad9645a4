"""Names that a Core's running design has, as its poller last read them: to guess what was meant."""

from collections.abc import Collection
from typing import Final

from django.db.models import QuerySet

from apps.fleet.models import Device
from apps.qsys.models import Control, Core

#: Names that are looked through for the one that was meant; a large mixer has more.
NAMES_MOST: Final = 2_000


def present(device: Device, paths: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those controls, by component (blank: named ones) and name, that the Core has; a blank name
    stands for the component itself."""
    owners, names = {owner for owner, _ in paths}, {name for _, name in paths}
    rows = _current(device).filter(component__in=owners).order_by()
    found = set(rows.filter(name__in=names).values_list("component", "name"))
    components = rows.exclude(component="").values_list("component", flat=True).distinct()
    return (found | {(owner, "") for owner in components}) & set(paths)


def is_read(device: Device) -> bool:
    """Whether a poller has read the running design at all."""
    return _current(device).exists()


def component_names(device: Device, word: str) -> list[str]:
    """Code Names of a Core, sorted; of very many those that begin like `word`."""
    rows = _current(device).exclude(component="").order_by("component")
    found = rows.values_list("component", flat=True).distinct()
    if len(names := list(found[: NAMES_MOST + 1])) <= NAMES_MOST:
        return names
    return list(found.filter(component__istartswith=word[:1])[:NAMES_MOST])


def bank_names(device: Device) -> list[str]:
    """Snapshot banks of a Core: it lists none, but those that it exposes have a `load.1`."""
    rows = _current(device).filter(name="load.1", type="State Trigger").order_by("component")
    return list(rows.values_list("component", flat=True)[:NAMES_MOST])


def control_names(device: Device, component: str | None, word: str) -> list[str]:
    """Controls of a component, or the named controls that are known, sorted."""
    rows = _current(device).filter(component=component or "").order_by("name")
    found = rows.values_list("name", flat=True)
    if len(names := list(found[: NAMES_MOST + 1])) <= NAMES_MOST:
        return names
    return list(found.filter(name__istartswith=word[:1])[:NAMES_MOST])


def _current(device: Device) -> QuerySet[Control]:
    running = Core.system.filter(device=device).values("design_code")
    return Control.system.filter(device=device, design_code__in=running)
