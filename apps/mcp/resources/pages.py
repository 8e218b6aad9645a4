"""Addresses and pages: a URI taken apart, and rows cut where the next page begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from django.db import models

from apps.kernel.errors import not_found
from apps.kernel.querysets import ScopedQuerySet

M = TypeVar("M", bound=models.Model)

#: Rows of a page.
PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Address:
    """A resource's URI: `place` is what stands before the id, `after` a page's cursor."""

    place: str
    id: str = ""
    after: str = ""


def address_of(uri: str) -> Address:
    """`fleet://devices/ID?after=X` taken apart."""
    parts = urlsplit(uri)
    query = dict(parse_qsl(parts.query))
    place = f"{parts.scheme}://{parts.netloc}"
    return Address(place, parts.path.strip("/"), query.get("after", ""))


def id_of(what: str, text: str) -> UUID:
    """An id; one that cannot be one is not found either."""
    try:
        return UUID(text)
    except ValueError:
        raise not_found(what, text) from None


def page(
    rows: ScopedQuerySet[M], address: Address, view: Callable[[M], dict[str, Any]], *, newest: bool
) -> dict[str, Any]:
    """One page of `rows` by id, and the address of the next where there is one."""
    ordered = rows.order_by("-id" if newest else "id")
    if address.after:
        beyond = "id__lt" if newest else "id__gt"
        ordered = ordered.filter(**{beyond: id_of("page", address.after)})
    found = list(ordered[: PAGE + 1])
    body: dict[str, Any] = {"items": [view(row) for row in found[:PAGE]]}
    if len(found) > PAGE:
        body["next"] = f"{address.place}?after={found[PAGE - 1].pk}"
    return body
