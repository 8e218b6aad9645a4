"""The one family of failures that leaves an operation, and the words they say."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Code(StrEnum):
    """Names of failures, as callers see them. Never renamed."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    CONFLICT = "conflict"
    KEY_REUSED = "key_reused"
    STALE_PLAN = "stale_plan"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    BREAKER_OPEN = "breaker_open"
    TIMEOUT = "timeout"
    DEVICE_REJECTED = "device_rejected"
    INDETERMINATE = "indeterminate"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of an input, and what would be right."""

    path: str
    message: str
    allowed: str | None = None


class Failure(Exception):  # noqa: N818 - the domain word; an outcome rather than a bug
    """A verdict other than success, with a sentence that says what to do.

    `retry_after` is in seconds. `retryable` overrides the table's word for this one case (a
    timeout may be repeated when nothing was sent).
    """

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        errors: Iterable[FieldError] = (),
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.retryable = retryable


class NeedsHuman(Failure):
    """Something a machine must not decide; the job that meets it waits for a person."""

    def __init__(self, detail: str) -> None:
        super().__init__(Code.CONFLICT, detail)


def not_found(what: str, name: object, *, guess: str | None = None) -> Failure:
    """The same words whether the thing is absent or not the caller's.

    `guess` is something the caller may see and probably meant.
    """
    hint = f" Did you mean {guess!r}?" if guess else ""
    detail = f"There is no {what} {str(name)[:100]!r} that you may see.{hint}"
    return Failure(Code.NOT_FOUND, detail)


def invalid(path: str, message: str, *, allowed: str | None = None) -> Failure:
    """One wrong field."""
    return Failure(Code.INVALID, f"{path}: {message}", errors=[FieldError(path, message, allowed)])


def conflict(detail: str) -> Failure:
    """Something stands in the way; `detail` names it."""
    return Failure(Code.CONFLICT, detail)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be."""
    found = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
