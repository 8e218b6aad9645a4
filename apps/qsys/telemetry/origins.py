"""What many changes share, by number: their device, and who, why and in which design."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection

from apps.qsys.telemetry.records import Change

Key = tuple[UUID, str, str, str]
"""Call (nil where none is known), cause, actor, design code."""

NIL: Final = UUID(int=0)

_SOURCES: Final = "SELECT device_id, id FROM qsys_source WHERE device_id = ANY(%s)"
_ADD_SOURCES: Final = """
INSERT INTO qsys_source (device_id) SELECT one FROM unnest(%s::uuid[]) AS one ORDER BY one
ON CONFLICT DO NOTHING
"""
_GIVEN: Final = """
unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS given (call_id, cause, actor, design_code)
"""
_ORIGINS: Final = f"""
SELECT call_id, cause, actor, design_code, id FROM qsys_origin
JOIN {_GIVEN} USING (call_id, cause, actor, design_code)
"""  # our own text; values are parameters  # nosec B608  # noqa: S608
_ADD_ORIGINS: Final = f"""
INSERT INTO qsys_origin (call_id, cause, actor, design_code)
SELECT * FROM {_GIVEN} ORDER BY 1, 2, 3, 4 ON CONFLICT DO NOTHING
"""  # the same  # nosec B608  # noqa: S608


class Numbers:
    """The numbers of what a batch of changes shares, as the open transaction knows them.

    Nothing is remembered from one batch to the next: a number that was given in a transaction
    that failed is none.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        # Most changes share these very objects, which are told apart quicker than their contents.
        places = {id(one.place): one.place.device_id for one in changes}
        keys = {(id(one.origin), one.design_code): one for one in changes}
        origin_of = {mark: key_of(one) for mark, one in keys.items()}
        sources, origins = _sources(set(places.values())), _origins(set(origin_of.values()))
        self._sources = {mark: sources[device] for mark, device in places.items()}
        self._origins = {mark: origins[key] for mark, key in origin_of.items()}

    def of(self, change: Change) -> tuple[int, int]:
        """Source and origin of one of those changes."""
        mark = (id(change.origin), change.design_code)
        return self._sources[id(change.place)], self._origins[mark]


def key_of(change: Change) -> Key:
    """What one origin has in common."""
    origin = change.origin
    return (origin.call_id or NIL, origin.cause, origin.actor, change.design_code)


def _sources(devices: set[UUID]) -> dict[UUID, int]:
    found = _pairs(_SOURCES, [list(devices)])
    if missing := sorted(devices - found.keys()):
        _run(_ADD_SOURCES, [missing])
        found |= _pairs(_SOURCES, [missing])
    return found


def _origins(keys: set[Key]) -> dict[Key, int]:
    found = _rows(keys)
    if missing := keys - found.keys():
        _run(_ADD_ORIGINS, _columns(missing))
        found |= _rows(missing)
    return found


def _rows(keys: Iterable[Key]) -> dict[Key, int]:
    with connection.cursor() as cursor:
        cursor.execute(_ORIGINS, _columns(keys))
        return {(row[0], row[1], row[2], row[3]): row[4] for row in cursor.fetchall()}


def _columns(keys: Iterable[Key]) -> list[list[Any]]:
    return [list(column) for column in zip(*keys, strict=True)]


def _pairs(query: str, arguments: list[Any]) -> dict[UUID, int]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return dict(cursor.fetchall())


def _run(statement: str, arguments: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
