"""Price series: reading them from CSV, and the price of a moment."""

import csv
import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from apps.kernel.errors import Failure, invalid

#: Most rows of one series: a month of five minutes.
MOST_ROWS: Final = 9_000
#: How long a price holds where none follows.
LASTS: Final = timedelta(hours=1)
HEADER: Final = ["starts_at", "price"]

Point = tuple[datetime, float]


def parsed(text: str) -> list[Point]:
    """Rows of `starts_at,price`, sorted by time; raises `invalid` naming the first wrong line.

    Times are ISO 8601 with their zone. A header of these two names may stand in front.
    """
    found: dict[datetime, float] = {}
    for number, row in enumerate(_rows(text), start=1):
        if not row or (number == 1 and [cell.strip().lower() for cell in row] == HEADER):
            continue
        if len(found) >= MOST_ROWS:
            raise invalid("csv", f"has more than {MOST_ROWS} rows; send it in parts.")
        moment, price = _point(number, row)
        if moment in found:
            raise _wrong(number, f"{moment.isoformat()} has a price already")
        found[moment] = price
    if not found:
        raise invalid("csv", "has no row; give starts_at,price such as 2026-05-01T02:00:00Z,81.5")
    return sorted(found.items())


def price_at(points: Sequence[Point], moment: datetime) -> float | None:
    """The price of a moment in sorted points; None before the first and after the last is over."""
    known = [one for one in points if one[0] <= moment]
    if not known or moment - known[-1][0] >= LASTS:
        return None
    return known[-1][1]


def _rows(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise invalid("csv", f"cannot be read: {error}.") from None


def _point(number: int, row: list[str]) -> Point:
    if len(row) != len(HEADER):
        raise _wrong(number, "has to be starts_at,price")
    try:
        moment = datetime.fromisoformat(row[0].strip())
    except ValueError:
        raise _wrong(number, f"{row[0][:40]!r} is no time such as 2026-05-01T02:00:00Z") from None
    if moment.tzinfo is None:
        raise _wrong(number, f"{row[0][:40]!r} has no time zone; add Z for UTC")
    try:
        price = float(row[1])
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(number, f"{row[1][:40]!r} is no number") from None
    if not math.isfinite(price):
        raise _wrong(number, f"{row[1][:40]!r} is no number")
    return moment, price


def _wrong(number: int, why: str) -> Failure:
    return invalid("csv", f"line {number}: {why}.")
