"""Filters in the query of a list: declared, typed, and refused when unknown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

from apps.kernel.errors import Failure, FieldError, invalid, nearest

TEXT_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """One query parameter: the look-up it stands for, and how its text is read.

    `schema` is its OpenAPI type.
    """

    lookup: str
    read: Callable[[str], Any]
    help: str
    schema: Mapping[str, Any]


def text(lookup: str, help: str) -> Filter:
    """Any short text."""
    return Filter(lookup, _text, help, {"type": "string", "maxLength": TEXT_LONGEST})


def uuid(lookup: str, help: str) -> Filter:
    """An id."""
    return Filter(lookup, _uuid, help, {"type": "string", "format": "uuid"})


def boolean(lookup: str, help: str) -> Filter:
    """`true` or `false`."""
    return Filter(lookup, _boolean, help, {"type": "boolean"})


def moment(lookup: str, help: str) -> Filter:
    """An instant, RFC 3339; without a zone it is UTC."""
    return Filter(lookup, _moment, help, {"type": "string", "format": "date-time"})


def choice(lookup: str, choices: Iterable[str], help: str) -> Filter:
    """One of a closed list."""
    allowed = tuple(choices)

    def read(given: str) -> str:
        if given not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return given

    return Filter(lookup, read, help, {"type": "string", "enum": list(allowed)})


def one(lookup: str, help: str) -> Filter:
    """One element of a list column."""
    return Filter(lookup, lambda given: [_text(given)], help, {"type": "string"})


def read_query(
    query: QueryDict, filters: Mapping[str, Filter], besides: Iterable[str] = ()
) -> dict[str, Any]:
    """The look-ups that a query asks for; raises `invalid` with every parameter that is wrong."""
    known = [*filters, *besides]
    errors = [error for name in query if (error := _known(name, query, known))]
    found: dict[str, Any] = {}
    for name, one_filter in filters.items():
        if name not in query:
            continue
        given = str(query[name])
        try:
            found[one_filter.lookup] = one_filter.read(given)
        except ValueError as error:
            words = f"{given[:60]!r} is not possible here."
            errors.append(FieldError(name, words, str(error)))
    if errors:
        raise _failure(errors)
    return found


def _known(name: str, query: QueryDict, known: list[str]) -> FieldError | None:
    if name not in known:
        guess = nearest(name, known)
        hint = f" Did you mean {guess!r}?" if guess else ""
        return FieldError(name[:60], f"is not a filter of this list.{hint}", ", ".join(known))
    if len(query.getlist(name)) > 1:
        return FieldError(name, "is given more than once.", "one value")
    return None


def _failure(errors: list[FieldError]) -> Failure:
    first = errors[0]
    failure = invalid(first.path, first.message, allowed=first.allowed)
    failure.errors = tuple(errors)
    return failure


def _text(given: str) -> str:
    if "\0" in given or len(given) > TEXT_LONGEST:
        raise ValueError(f"text of at most {TEXT_LONGEST} characters")
    return given


def _uuid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise ValueError("an id (UUID)") from None


def _boolean(given: str) -> bool:
    if given not in ("true", "false"):
        raise ValueError("true or false")
    return given == "true"


def _moment(given: str) -> datetime:
    try:
        # A plus that was not quoted arrives as a blank.
        found = datetime.fromisoformat(given.replace(" ", "+"))
        # In UTC: PostgreSQL knows no offset beyond 16 hours, and Python does.
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("a time such as 2026-11-20T08:00:00Z") from None
