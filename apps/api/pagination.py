"""Keyset paging: a page goes on where the last row was, however many rows came in between."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db.models import Q

from apps.kernel.errors import Failure, invalid

LIMIT_USUAL: Final = 100
LIMIT_MOST: Final = 1000
CURSOR_LONGEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Order:
    """The columns rows are ordered by; the last is unique. All go the same way."""

    columns: tuple[str, ...]
    descending: bool = False

    @property
    def by(self) -> tuple[str, ...]:
        """As `order_by` wants it."""
        return tuple(f"-{name}" for name in self.columns) if self.descending else self.columns

    def after(self, values: Sequence[Any]) -> Q:
        """The rows behind the row that had `values`."""
        beyond = "lt" if self.descending else "gt"
        condition, equal = Q(pk__in=[]), Q()
        for name, value in zip(self.columns, values, strict=True):
            condition |= equal & Q(**{f"{name}__{beyond}": value})
            equal &= Q(**{name: value})
        # The database can walk an index by the first column alone, but not by an OR.
        return Q(**{f"{self.columns[0]}__{beyond}e": values[0]}) & condition

    def cursor(self, row: Mapping[str, Any]) -> str:
        """Where `row` stands, as an opaque text."""
        return sealed([row[name] for name in self.columns])


def sealed(values: Sequence[Any]) -> str:
    """Values as one word that fits into an address."""
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


def opened(cursor: str, kinds: Sequence[type]) -> list[Any]:
    """Reads what `sealed` wrote; raises `invalid` for anything else."""
    try:
        padded = cursor[:CURSOR_LONGEST] + "=" * (-len(cursor[:CURSOR_LONGEST]) % 4)
        values = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise bad_cursor() from None
    if not isinstance(values, list) or len(values) != len(kinds):
        raise bad_cursor()
    return [typed(value, kind) for value, kind in zip(values, kinds, strict=True)]


def typed(value: Any, kind: type) -> Any:
    """One value of a cursor as the column's type."""
    if not isinstance(value, str) or "\0" in value:
        raise bad_cursor()
    try:
        return datetime.fromisoformat(value) if kind is datetime else kind(value)
    except ValueError:
        raise bad_cursor() from None


def bad_cursor() -> Failure:
    """The failure for a cursor that this list did not give out."""
    return invalid("cursor", "is not a cursor of this list.", allowed="`next` of the page before")


def limit_of(text: str | None) -> int:
    """How many rows a page has; raises `invalid` beyond the limits."""
    if text is None:
        return LIMIT_USUAL
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LIMIT_MOST:
        return int(text)
    raise invalid("limit", "is not a number of rows.", allowed=f"1 to {LIMIT_MOST}")


KINDS: Final[dict[str, type]] = {"id": UUID}


def kinds_of(order: Order) -> tuple[type, ...]:
    """The types of an order's columns: ids are UUIDs, the rest is text."""
    return tuple(KINDS.get(name, str) for name in order.columns)
