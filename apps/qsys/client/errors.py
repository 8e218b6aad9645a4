"""The three ways in which a call to a Core can fail, and nothing else leaves the client."""

from __future__ import annotations

STANDBY = -32604
LOGON_REQUIRED = 10
CHANGE_GROUPS_EXHAUSTED = 5
UNKNOWN_CHANGE_GROUP = 6
UNKNOWN_COMPONENT = 7
UNKNOWN_CONTROL = 8


class QsysError(Exception):
    """Base of the family; `retryable` says whether the same call may simply be made again."""

    retryable = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class QsysUnreachable(QsysError):  # noqa: N818  named for the verdict
    """No verdict was received: no connection, a lost one, silence, or an unreadable answer.

    `sent` tells whether bytes of the request may have left. If not, a retry is safe; if so, the
    Core may or may not have acted and must be asked. `timed_out` marks a deadline that passed.
    """

    def __init__(self, message: str, *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(message)
        self.sent = sent
        self.timed_out = timed_out
        self.retryable = not sent


class QsysRefused(QsysError):  # noqa: N818  named for the verdict
    """The Core, or our own check of its certificate, turned us away; credentials must change."""


class QsysUntrusted(QsysRefused):
    """The certificate is not the one we trust. `found` is its SHA-256 in hex, where it is known.

    Nothing of ours was sent to whoever has it.
    """

    def __init__(self, message: str, *, found: str = "") -> None:
        super().__init__(message)
        self.found = found


class QsysRejected(QsysError):  # noqa: N818  named for the verdict
    """The Core understood the request and declined it, in its own words (untrusted text)."""

    def __init__(self, code: int, words: str, *, method: str) -> None:
        super().__init__(f"{method} was rejected by the Core (code {code}): {words}")
        self.code = code
        self.words = words
        self.method = method
        self.standby = code == STANDBY
        # A standby Core has done nothing, and becomes active when its partner fails.
        self.retryable = self.standby


def from_device(code: int, words: str, method: str) -> QsysError:
    """The error for a JSON-RPC error object that answered `method`."""
    if code == LOGON_REQUIRED and method == "Logon":
        return QsysRefused("the Core does not accept this name and PIN for external control.")
    if code == LOGON_REQUIRED:
        return QsysRefused(
            f"{method} needs a logon: the Core has access control for external control; "
            "give the name and PIN of a user with that right."
        )
    return QsysRejected(code, words, method=method)
