"""In whose time zone a page speaks: the one somebody chose, else their browser's, else UTC."""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest

from apps.kernel.errors import invalid

#: Where the session keeps what was chosen, and the cookie in which a browser names its own zone.
CHOSEN: Final = "time_zone"
COOKIE: Final = "browser_zone"
FALLBACK: Final = "UTC"


@cache
def known() -> frozenset[str]:
    """Every zone this machine has rules for; read from its files once."""
    return frozenset(available_timezones())


def chosen(request: HttpRequest) -> str:
    """The zone somebody chose for themselves; empty where they follow their browser."""
    return str(request.session.get(CHOSEN, ""))


def choose(request: HttpRequest, name: str) -> None:
    """Keep a choice as long as the log-in lasts; empty follows the browser again.

    Raises `invalid` for a zone that this machine does not know.
    """
    if name and name not in known():
        raise invalid(CHOSEN, "is no time zone.", allowed="a name such as Europe/Vienna, or UTC")
    request.session[CHOSEN] = name


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The zone in which to answer a request."""
    name = chosen(request) or request.COOKIES.get(COOKIE, "")
    return ZoneInfo(name if name in known() else FALLBACK)
