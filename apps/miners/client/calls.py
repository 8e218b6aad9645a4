"""What the parts of a client share: calls of the API with a login and a deadline."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, TypeVar

from google.protobuf.message import Message

from apps.miners.client.link import Deadline
from apps.miners.client.session import Session

R = TypeVar("R", bound=Message)

READ_S: Final = 3.0
WRITE_S: Final = 10.0
#: Logs and archives come in pieces for as long as this.
STREAM_S: Final = 60.0
_V1: Final = "/braiins.bos.v1."


class Calls:
    """Calls by `Service/Method`; each raises Unreachable, Refused or Rejected."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def ask(self, method: str, request: Message, answer: type[R], timeout: float) -> R:
        """One request, one answer, within `timeout` seconds."""
        return await self._session.unary(f"{_V1}{method}", request, answer, Deadline(timeout))

    async def first(self, method: str, request: Message, answer: type[R], timeout: float) -> R:
        """The first message of a stream, which is then left."""
        return await self._session.first(f"{_V1}{method}", request, answer, Deadline(timeout))

    async def accepts(self, password: str, timeout: float) -> bool:
        """Whether the device lets in whoever has this password; raises Unreachable."""
        return await self._session.accepts(password, Deadline(timeout))

    def stream(
        self, method: str, request: Message, answer: type[R], timeout: float
    ) -> AsyncIterator[R]:
        """All messages of a stream that ends, within `timeout` seconds."""
        return self._session.stream(f"{_V1}{method}", request, answer, Deadline(timeout))


class Part:
    """A part of a client: the methods of one service or two."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
