"""Which events a reader wants, as it says in an address or in a message."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from apps.events.frames import FRAME_TYPE
from apps.events.items import Item
from apps.kernel.errors import invalid

MOST_NAMES: Final = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Conditions that all hold; an empty one holds always.

    `types` are names, or beginnings with a star (`fleet.*`). Frames come for the devices in
    `frames`, for those in `devices`, or for all when `types` names them.
    """

    types: tuple[str, ...] = ()
    devices: frozenset[UUID] = frozenset()
    jobs: frozenset[str] = frozenset()
    frames: frozenset[UUID] = frozenset()

    def __contains__(self, item: Item) -> bool:
        if item.is_frame:
            return self._wants_frame(item)
        if self.types and not self._named(item.type):
            return False
        if self.devices and item.device_id not in self.devices:
            return False
        return not self.jobs or item.job_id in self.jobs

    def _wants_frame(self, item: Item) -> bool:
        if item.device_id in self.frames:
            return True
        if self.types and not self._named(FRAME_TYPE):
            return False
        return item.device_id in self.devices if self.devices else bool(self.types)

    def _named(self, name: str) -> bool:
        return any(
            name.startswith(one[:-1]) if one.endswith("*") else name == one for one in self.types
        )


def read(raw: Mapping[str, Any]) -> Wanted:
    """Reads `types`, `device`, `job` and `frames`: lists, or text with commas.

    Raises `invalid` for anything that is neither a name nor an id.
    """
    return Wanted(
        types=tuple(_names(raw, "types")),
        devices=frozenset(_ids(raw, "device")),
        jobs=frozenset(str(one) for one in _ids(raw, "job")),
        frames=frozenset(_ids(raw, "frames")),
    )


def _names(raw: Mapping[str, Any], field: str) -> list[str]:
    value = raw.get(field) or ()
    parts: Iterable[Any] = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise invalid(field, "is a list of texts, or a text with commas.")
    names = [str(part).strip()[:100] for part in parts]
    if len(names) > MOST_NAMES:
        raise invalid(field, f"has at most {MOST_NAMES} entries.")
    return [name for name in names if name]


def _ids(raw: Mapping[str, Any], field: str) -> list[UUID]:
    found = []
    for name in _names(raw, field):
        try:
            found.append(UUID(name))
        except ValueError:
            raise invalid(field, f"{name!r} is not an id.", allowed="a UUID") from None
    return found
