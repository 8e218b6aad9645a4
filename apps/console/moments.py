"""Instants as people give them in an address or a field: in their own zone unless they say."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from apps.kernel import clock
from apps.kernel.errors import invalid

#: Spans that a page offers, by the word in its address.
SPANS: Final[dict[str, tuple[str, timedelta]]] = {
    "5m": ("5 min", timedelta(minutes=5)),
    "30m": ("30 min", timedelta(minutes=30)),
    "2h": ("2 h", timedelta(hours=2)),
    "12h": ("12 h", timedelta(hours=12)),
    "1d": ("1 day", timedelta(days=1)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}


def moment(field: str, text: str) -> datetime | None:
    """An instant; None where none was given. Raises `invalid` for what is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else timezone.make_aware(found)
    except (ValueError, OverflowError):
        raise invalid(field, "is no time.", allowed="such as 2026-09-01T20:14") from None


def past(field: str, text: str) -> datetime | None:
    """The same, and not in the future."""
    found = moment(field, text)
    if found is not None and found > clock.now():
        raise invalid(field, "lies in the future; give a time that is over.")
    return found


def local(moment: datetime | None) -> str:
    """An instant as a field for date and time holds it, in the reader's zone, to the second."""
    if moment is None:
        return ""
    return timezone.localtime(moment).replace(tzinfo=None).isoformat(timespec="seconds")
