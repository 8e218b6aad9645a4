"""What the errors of the Q-SYS client mean to whoever called an operation."""

from typing import Final

from apps.kernel.errors import Code, Failure
from apps.qsys.client.errors import (
    UNKNOWN_COMPONENT,
    UNKNOWN_CONTROL,
    QsysRefused,
    QsysRejected,
    QsysUnreachable,
)

#: All that the client raises.
ERRORS: Final = (QsysUnreachable, QsysRefused, QsysRejected)


def failure_of(error: QsysUnreachable | QsysRefused | QsysRejected, *, changing: bool) -> Failure:
    """The failure that one of the client's errors becomes."""
    if isinstance(error, QsysUnreachable):
        return _no_answer(error, changing=changing)
    if isinstance(error, QsysRefused):
        return Failure(
            Code.DEVICE_REJECTED,
            f"{error.message} Set name and PIN with fleet.credential.set.",
        )
    return _rejected(error)


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
            "This Core is on standby; write to its active partner.",
            retryable=False,
        )
    if error.code in (UNKNOWN_COMPONENT, UNKNOWN_CONTROL):
        what = "component" if error.code == UNKNOWN_COMPONENT else "control"
        return Failure(
            Code.NOT_FOUND,
            f"The Core knows no such {what}. It shows only components with a Code Name and "
            f"Script Access set to External or All. Its words: {error.words[:200]!r}",
        )
    return Failure(
        Code.DEVICE_REJECTED, f"The Core refused (code {error.code}): {error.words[:200]!r}"
    )
