"""What the errors of the Q-SYS client mean to whoever called an operation."""

from collections.abc import Iterable
from typing import Final, Literal

from apps.kernel.errors import Code, Failure, FieldError
from apps.qsys.client.errors import (
    CHANGE_GROUPS_EXHAUSTED,
    UNKNOWN_COMPONENT,
    UNKNOWN_CONTROL,
    QsysRefused,
    QsysRejected,
    QsysUnreachable,
    QsysUntrusted,
)

#: All that the client raises.
ERRORS: Final = (QsysUnreachable, QsysRefused, QsysRejected)
EXPOSED_ONLY: Final = (
    "A Core shows only components with a Code Name and Script Access set to External or All."
)


class UnknownName(Failure):
    """The Core knows no component, or control, of a name that it was given.

    `words` are the Core's own, where it said any.
    """

    def __init__(
        self,
        what: Literal["component", "control"],
        detail: str,
        *,
        words: str = "",
        errors: Iterable[FieldError] = (),
    ) -> None:
        super().__init__(Code.NOT_FOUND, detail, errors=errors)
        self.what = what
        self.words = words


def failure_of(error: QsysUnreachable | QsysRefused | QsysRejected, *, changing: bool) -> Failure:
    """The failure that one of the client's errors becomes."""
    if isinstance(error, QsysUnreachable):
        return _no_answer(error, changing=changing)
    if isinstance(error, QsysUntrusted):
        return _untrusted(error)
    if isinstance(error, QsysRefused):
        return Failure(
            Code.DEVICE_REJECTED,
            f"{error.message} Set name and PIN, or the API key, with fleet.credential.set.",
        )
    return _rejected(error)


def _untrusted(error: QsysUntrusted) -> Failure:
    if not error.found:
        return Failure(
            Code.DEVICE_REJECTED,
            f"{error.message} Nothing was sent. Pin it with qsys.core.trust, or give the "
            "authority's certificate with qsys.core.link.",
        )
    return Failure(
        Code.DEVICE_REJECTED,
        f"The Core shows another certificate than the one pinned here (SHA-256 {error.found}); "
        "nothing was sent. If it was changed on purpose, compare this with the Core's own and "
        "accept it with qsys.core.trust.",
    )


def _no_answer(error: QsysUnreachable, *, changing: bool) -> Failure:
    if error.sent and changing:
        return Failure(
            Code.INDETERMINATE,
            "The command was sent and the Core did not answer; it is being asked what is true.",
        )
    if error.timed_out:
        return Failure(
            Code.TIMEOUT,
            f"The Core took too long: {error.message}. Nothing was changed; try again.",
            retryable=True,
        )
    return Failure(Code.UNREACHABLE, f"The Core does not answer: {error.message}")


def _rejected(error: QsysRejected) -> Failure:
    if error.standby:
        return Failure(
            Code.DEVICE_REJECTED,
            "This Core is on standby; write to its active partner, or name the partner with "
            "qsys.core.link, so that this is done by itself.",
            retryable=False,
        )
    if error.code == CHANGE_GROUPS_EXHAUSTED:
        return Failure(
            Code.DEVICE_REJECTED,
            "The Core has no change group left: each connection may have 4, and all clients "
            "together 512. Close panels and tools that watch it, or watch less from here.",
        )
    if error.code == UNKNOWN_COMPONENT:
        return UnknownName(
            "component", f"The Core knows no such component. {EXPOSED_ONLY}", words=error.words
        )
    if error.code == UNKNOWN_CONTROL:
        return UnknownName("control", "The Core knows no such control.", words=error.words)
    return Failure(
        Code.DEVICE_REJECTED, f"The Core refused (code {error.code}): {error.words[:200]!r}"
    )
