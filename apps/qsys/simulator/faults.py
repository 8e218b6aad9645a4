"""What can go wrong with a Core, as switches that a test sets and clears."""

from __future__ import annotations

from typing import Any

import msgspec


class Reject(msgspec.Struct, frozen=True):
    """An error with which a method answers."""

    code: int
    message: str


class Faults(msgspec.Struct):
    """The faults in force. The default of each is health.

    `hang` reads and answers nothing; `shut` closes every new connection at once, as a booting
    Core does; `delay` holds each answer back (s); `chunk` writes in pieces of that many bytes with
    `pause` (s) between them; `cut_after` closes a connection after that many more bytes;
    `garbage` puts that many unreadable frames before each answer; `swallow` names methods that are
    not answered though performed; `ignore` those not even performed; `reject` maps methods to
    errors; `quiet` keeps all pushes back, so that only what is asked is told.

    `vanished` is a pulled cable: connections stay half-open, nothing is read, written, closed or
    reset; what waits meanwhile goes through once it is off. Two happen once, instead of and before
    the next answer: `endless` sends a frame of that many bytes that never ends, `noise` that many
    bytes that are no frame at all.
    """

    hang: bool = False
    shut: bool = False
    delay: float = 0.0
    chunk: int = 0
    pause: float = 0.01
    cut_after: int | None = None
    garbage: int = 0
    swallow: set[str] = set()
    ignore: set[str] = set()
    reject: dict[str, Reject] = {}
    quiet: bool = False
    vanished: bool = False
    endless: int = 0
    noise: int = 0


class Dialect(msgspec.Struct):
    """How this firmware speaks, where versions differ.

    `ack` is the result of a call that has nothing to tell; `jsonrpc` whether answers carry that
    member; `result_key` is `result` or `response`; `push_key` is `params`, or `result` for the
    versions that push automatic polls as results; `push_state` whether AutoPoll is answered with
    the full state, which otherwise comes with the first push.
    """

    ack: Any = True
    jsonrpc: bool = True
    result_key: str = "result"
    push_key: str = "params"
    push_state: bool = True
