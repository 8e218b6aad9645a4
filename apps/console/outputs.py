"""Outputs of operations for reading: words as a list of pairs, lists of objects as tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

#: Rows of a table on a page; the whole list is at the REST address below it.
MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of an output. `kind` is pairs, table or json.

    Pairs have `pairs`; a table has `columns`, `rows` and how many rows there are; json has `value`.
    """

    name: str
    kind: str
    pairs: tuple[tuple[str, Any], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    total: int = 0
    value: Any = None


def parts_of(output: Mapping[str, Any]) -> list[Part]:
    """An output's plain values first, then each of its objects and lists."""
    plain = {name: value for name, value in output.items() if _is_plain(value)}
    nested = [_part(worded(name), value) for name, value in output.items() if name not in plain]
    return ([_pairs("", plain)] if plain else []) + nested


def worded(name: str) -> str:
    """A field's name for reading: `power_target_watts` as `power target watts`."""
    return name.replace("_", " ")


def _part(name: str, value: Any) -> Part:
    if isinstance(value, dict) and all(_is_plain(one) for one in value.values()):
        return _pairs(name, value)
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return _table(name, value)
    return Part(name, "json", value=value)


def _pairs(name: str, values: Mapping[str, Any]) -> Part:
    return Part(name, "pairs", pairs=tuple((worded(key), value) for key, value in values.items()))


def _table(name: str, objects: list[dict[str, Any]]) -> Part:
    """Columns in the order of the first object that has them; those nobody fills are left out."""
    keys = [key for key in dict.fromkeys(_keys(objects)) if any(_said(one, key) for one in objects)]
    rows = tuple(tuple(one.get(key) for key in keys) for one in objects[:MOST_ROWS])
    return Part(name, "table", columns=tuple(map(worded, keys)), rows=rows, total=len(objects))


def _keys(objects: Iterable[dict[str, Any]]) -> Iterable[str]:
    for one in objects:
        yield from one


def _said(one: dict[str, Any], key: str) -> bool:
    return one.get(key) not in (None, "", [], {})


def _is_plain(value: Any) -> bool:
    """Whether a value fits beside its name: a scalar, or a list of some."""
    if isinstance(value, list):
        return not any(isinstance(one, list | dict) for one in value)
    return not isinstance(value, dict) or not value
