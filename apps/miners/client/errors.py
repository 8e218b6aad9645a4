"""The three kinds of error a miner client raises, each knowing whether a repeat may help."""

from __future__ import annotations

from enum import StrEnum

import grpc

# Device text ends up in records and on screens; firmware has been seen to send whole traces.
_LONGEST_WORDS = 500


class ClientError(Exception):
    """Base of the three; `retryable` says whether the same call may simply be made again."""

    retryable = False


class Unreachable(ClientError):  # noqa: N818 - the house's word for it
    """No answer: refused, lost or timed out. `sent` is true when the device may have acted.

    `timed_out` marks a deadline that passed; the words then say how long was waited.
    """

    def __init__(self, words: str, *, sent: bool, timed_out: bool = False) -> None:
        super().__init__(words)
        self.sent = sent
        self.timed_out = timed_out
        self.retryable = not sent


class Refused(ClientError):  # noqa: N818 - the house's word for it
    """The device does not accept the credentials."""


class Family(StrEnum):
    """What a rejection means, whatever its exact status code."""

    CONSTRAINT = "constraint"
    BUSY = "busy"
    UNSUPPORTED = "unsupported"
    OTHER = "other"


class Rejected(ClientError):  # noqa: N818 - the house's word for it
    """The device understood and said no. `words` are its own, `status` the gRPC code's name."""

    def __init__(self, words: str, family: Family, status: str) -> None:
        super().__init__(f"{status}: {words}" if words else status)
        self.words = words
        self.family = family
        self.status = status
        self.retryable = family is Family.BUSY


class ImageMismatch(ValueError):  # noqa: N818 - says what is wrong
    """The bytes given are not the image declared; the device was not given the end of them."""


_Code = grpc.StatusCode
# The link broke; CANCELLED is what a server sends while it goes down.
_LOST = frozenset({_Code.UNAVAILABLE, _Code.CANCELLED})
_REFUSED = frozenset({_Code.UNAUTHENTICATED, _Code.PERMISSION_DENIED})
# The vendor documents meanings, not codes: each family takes every code near its meaning.
_FAMILIES = {
    _Code.FAILED_PRECONDITION: Family.CONSTRAINT,
    _Code.INVALID_ARGUMENT: Family.CONSTRAINT,
    _Code.OUT_OF_RANGE: Family.CONSTRAINT,
    _Code.ABORTED: Family.BUSY,
    _Code.ALREADY_EXISTS: Family.BUSY,
    _Code.RESOURCE_EXHAUSTED: Family.BUSY,
    _Code.UNIMPLEMENTED: Family.UNSUPPORTED,
}
# gRPC itself, not the device, says these when a connection dies under a call.
_BROKEN_STREAM = (
    "Internal error from Core",
    "Stream removed",
    "RST_STREAM",
    "Socket closed",
    "Connection reset",
)


def translate(error: grpc.aio.AioRpcError, waited: float) -> ClientError:
    """The client's error for a failed call whose request may have left.

    `waited` is the call's time limit in seconds, for the words of one that ran out.
    """
    code, words = error.code(), (error.details() or "")[:_LONGEST_WORDS]
    if code is _Code.DEADLINE_EXCEEDED:
        return Unreachable(f"no answer within {waited:.1f} s", sent=True, timed_out=True)
    broken = code in (_Code.UNKNOWN, _Code.INTERNAL) and any(s in words for s in _BROKEN_STREAM)
    if code in _LOST or broken:
        return Unreachable(words or code.name, sent=True)
    if code in _REFUSED:
        return Refused(words or "the device does not accept the credentials")
    return Rejected(words, _FAMILIES.get(code, Family.OTHER), code.name)
