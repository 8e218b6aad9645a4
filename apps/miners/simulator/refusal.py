"""The one exception a simulated miner answers with, and its code on each face."""

from __future__ import annotations

from enum import Enum

import grpc


class Kind(Enum):
    """Families of refusal: the gRPC status and the HTTP status that carry them.

    The vendor documents the HTTP numbers; the gRPC codes of BUSY and CONSTRAINT are the nearest
    in meaning, so clients must go by family.
    """

    INVALID = (grpc.StatusCode.INVALID_ARGUMENT, 400)
    UNAUTHENTICATED = (grpc.StatusCode.UNAUTHENTICATED, 401)
    NOT_FOUND = (grpc.StatusCode.NOT_FOUND, 404)
    BUSY = (grpc.StatusCode.ABORTED, 409)
    CONSTRAINT = (grpc.StatusCode.FAILED_PRECONDITION, 412)
    INTERNAL = (grpc.StatusCode.INTERNAL, 500)
    UNSUPPORTED = (grpc.StatusCode.UNIMPLEMENTED, 501)


class Refusal(Exception):  # noqa: N818 - the device's word, not a bug
    """A miner says no, in its own words."""

    def __init__(self, kind: Kind, words: str, *, code: grpc.StatusCode | None = None) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words
        self.grpc_code = code or kind.value[0]
        self.http_status = kind.value[1]
