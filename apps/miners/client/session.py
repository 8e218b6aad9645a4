"""Calls that carry a login: made on first need, renewed once when the device forgot it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message

from apps.miners.client.errors import Refused, Unreachable
from apps.miners.client.link import Deadline, Link, Metadata
from apps.miners.contract.generated import bos_authentication_pb2 as pb

T = TypeVar("T")
R = TypeVar("R", bound=Message)

_LOGIN = "/braiins.bos.v1.AuthenticationService/Login"


class Session:
    """A link with credentials. Concurrent calls share one login."""

    def __init__(self, link: Link, username: str, passwords: tuple[str, ...]) -> None:
        """`passwords` are tried in their order: while one is being changed there are two."""
        self.link = link
        self._username = username
        self._passwords = passwords
        self._token: str | None = None
        self._login = asyncio.Lock()

    async def unary(self, path: str, request: Message, answer: type[R], deadline: Deadline) -> R:
        """One request with a login, one answer."""
        return await self.run(
            lambda login: self.link.unary(path, request, answer, deadline, login), deadline
        )

    async def first(self, path: str, request: Message, answer: type[R], deadline: Deadline) -> R:
        """The first message of a stream that needs a login."""
        return await self.run(
            lambda login: self.link.first(path, request, answer, deadline, login), deadline
        )

    async def stream(
        self, path: str, request: Message, answer: type[R], deadline: Deadline
    ) -> AsyncIterator[R]:
        """All messages of a stream that needs a login; renewed only before the first came."""
        began = False
        token = await self._token_other_than(None, deadline)
        try:
            async for message in self.link.stream(
                path, request, answer, deadline, _carrying(token)
            ):
                began = True
                yield message
        except Refused:
            if began:
                raise
            login = _carrying(await self._token_other_than(token, deadline))
            async for message in self.link.stream(path, request, answer, deadline, login):
                yield message

    async def run(self, call: Callable[[Metadata], Awaitable[T]], deadline: Deadline) -> T:
        """Runs `call` with a login; once more with a fresh one when the device refused the old."""
        token = await self._token_other_than(None, deadline)
        try:
            return await call(_carrying(token))
        except Refused:
            token = await self._token_other_than(token, deadline)
            return await call(_carrying(token))

    async def login(self, deadline: Deadline) -> Metadata:
        """The login of the present, made when there is none."""
        return _carrying(await self._token_other_than(None, deadline))

    async def _token_other_than(self, stale: str | None, deadline: Deadline) -> str:
        async with self._login:
            if self._token is None or self._token == stale:
                self._token = None
                self._token = await self._fresh_token(deadline)
            return self._token

    async def accepts(self, password: str, deadline: Deadline) -> bool:
        """Whether the device lets in whoever has this password; the login of the present stays."""
        try:
            await self._logged_in(password, deadline)
        except Refused:
            return False
        return True

    async def _fresh_token(self, deadline: Deadline) -> str:
        for password in self._passwords[:-1]:
            try:
                return await self._logged_in(password, deadline)
            except Refused:
                continue
        return await self._logged_in(self._passwords[-1], deadline)

    async def _logged_in(self, password: str, deadline: Deadline) -> str:
        request = pb.LoginRequest(username=self._username, password=password)
        try:
            response = await self.link.unary(_LOGIN, request, pb.LoginResponse, deadline, ())
        except Unreachable as error:
            # Only the login left; what the caller wanted did not.
            raise Unreachable(str(error), sent=False, timed_out=error.timed_out) from error
        return response.token


def _carrying(token: str) -> Metadata:
    """The token as the device wants it: bare, without a scheme word."""
    return (("authorization", token),)
