"""Addresses and pages: a URI taken apart, and rows cut where the next page begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models

from apps.kernel.errors import not_found
from apps.kernel.querysets import ScopedQuerySet

M = TypeVar("M", bound=models.Model)

#: Rows of a page.
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Address:
    """A resource's URI: `place` is what stands before the ids, `after` a page's cursor."""

    place: str
    ids: tuple[str, ...] = ()
    after: str = ""

    @property
    def id(self) -> str:
        """The first id, or name; empty where the whole place is meant."""
        return self.ids[0] if self.ids else ""

    @property
    def uri(self) -> str:
        """The address without its cursor."""
        return "/".join((self.place, *(quote(one, safe="") for one in self.ids)))

    @property
    def number(self) -> int:
        """The cursor of a page that is counted; zero at the beginning."""
        return int(self.after) if self.after.isdecimal() and len(self.after) < 19 else 0

    def beyond(self, cursor: object) -> str:
        """The address of the next page."""
        return f"{self.uri}?after={quote(str(cursor), safe='')}"


def address_of(uri: str) -> Address:
    """`fleet://devices/ID?after=X` taken apart; ids and names may be percent-encoded."""
    parts = urlsplit(uri)
    query = dict(parse_qsl(parts.query))
    place = f"{parts.scheme}://{parts.netloc}"
    ids = tuple(unquote(one) for one in parts.path.split("/") if one)
    return Address(place, ids, query.get("after", ""))


def id_of(what: str, text: str) -> UUID:
    """An id; one that cannot be one is not found either."""
    try:
        return UUID(text)
    except ValueError:
        raise not_found(what, text) from None


def _cursor(rows: ScopedQuerySet[M], text: str) -> object:
    try:
        return rows.model._meta.pk.to_python(text)
    except ValidationError:
        raise not_found("page", text) from None


def page(
    rows: ScopedQuerySet[M], address: Address, view: Callable[[M], dict[str, Any]], *, newest: bool
) -> dict[str, Any]:
    """One page of `rows` by key, and the address of the next where there is one."""
    ordered = rows.order_by("-pk" if newest else "pk")
    if address.after:
        beyond = "pk__lt" if newest else "pk__gt"
        ordered = ordered.filter(**{beyond: _cursor(rows, address.after)})
    found = list(ordered[: PAGE + 1])
    body: dict[str, Any] = {"items": [view(row) for row in found[:PAGE]]}
    if len(found) > PAGE:
        body["next"] = address.beyond(found[PAGE - 1].pk)
    return body
