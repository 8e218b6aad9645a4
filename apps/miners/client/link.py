"""One lazily made gRPC channel to a miner, and calls over it with the client's own errors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from apps.miners.client.errors import Unreachable, translate

R = TypeVar("R", bound=Message)
Metadata = Sequence[tuple[str, str]]

# Repeats are the caller's decision. Pings under 5 min without calls make servers hang up.
OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.enable_retries", 0),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 0),
    ("grpc.max_reconnect_backoff_ms", 30_000),
    # A fresh channel must not inherit the backoff of the one it replaces.
    ("grpc.use_local_subchannel_pool", 1),
)


class Deadline:
    """A moment on the monotonic clock that several steps share."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, never below zero."""
        return max(self._end - time.monotonic(), 0.0)


class Link:
    """The channel to one address. Belongs to the event loop of its first call."""

    def __init__(self, address: str, port: int) -> None:
        self.target = f"{address}:{port}"
        self._channel: grpc.aio.Channel | None = None

    async def channel(self, deadline: Deadline) -> grpc.aio.Channel:
        """A connected channel; raises Unreachable(sent=False) at the first failed attempt."""
        channel = self._channel = self._channel or grpc.aio.insecure_channel(
            self.target, options=OPTIONS
        )
        try:
            async with asyncio.timeout(deadline.left()):
                await _connected(channel)
        except TimeoutError as error:
            await self._drop(channel)
            words = f"{self.target}: no connection within {deadline.seconds:.1f} s"
            raise Unreachable(words, sent=False, timed_out=True) from error
        except ConnectionError as error:
            await self._drop(channel)
            raise Unreachable(f"{self.target}: {error}", sent=False) from error
        return channel

    async def unary(
        self, path: str, request: Message, answer: type[R], deadline: Deadline, metadata: Metadata
    ) -> R:
        """One request, one answer."""
        channel = await self.channel(deadline)
        method: Any = channel.unary_unary(path, _serialize, answer.FromString)
        try:
            response = await method(request, timeout=deadline.left(), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise translate(error, deadline.seconds) from error
        return understood(response, answer, self.target)

    async def first(
        self, path: str, request: Message, answer: type[R], deadline: Deadline, metadata: Metadata
    ) -> R:
        """The first message of a stream, which is then left."""
        channel = await self.channel(deadline)
        method: Any = channel.unary_stream(path, _serialize, answer.FromString)
        call = method(request, timeout=deadline.left(), metadata=metadata)
        try:
            response = await call.read()
        except grpc.aio.AioRpcError as error:
            raise translate(error, deadline.seconds) from error
        finally:
            call.cancel()
        if response is grpc.aio.EOF:
            raise Unreachable(
                f"{self.target}: the stream ended before its first message", sent=True
            )
        return understood(response, answer, self.target)

    async def stream(
        self, path: str, request: Message, answer: type[R], deadline: Deadline, metadata: Metadata
    ) -> AsyncIterator[R]:
        """Every message of a stream, until the device ends it."""
        channel = await self.channel(deadline)
        method: Any = channel.unary_stream(path, _serialize, answer.FromString)
        call = method(request, timeout=deadline.left(), metadata=metadata)
        try:
            async for message in call:
                yield understood(message, answer, self.target)
        except grpc.aio.AioRpcError as error:
            raise translate(error, deadline.seconds) from error
        finally:
            call.cancel()

    async def close(self) -> None:
        """Ends the connection; a later call makes a new one."""
        if self._channel is not None:
            await self._drop(self._channel)

    async def _drop(self, channel: grpc.aio.Channel) -> None:
        if self._channel is channel:
            self._channel = None
        await channel.close()


def understood(response: object, answer: type[R], target: str) -> R:
    """The answer; raises Unreachable(sent=True) where the bytes that came were none.

    gRPC logs bytes that it cannot read and gives None for them, as if that were an answer.
    """
    if isinstance(response, answer):
        return response
    words = f"{target}: what it answered is no {answer.DESCRIPTOR.name} and cannot be read"
    raise Unreachable(words, sent=True)


async def _connected(channel: grpc.aio.Channel) -> None:
    """Waits for the connection; raises ConnectionError at the first failure."""
    ready, failed = grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE
    while (state := channel.get_state(try_to_connect=True)) is not ready:
        if state is failed:
            raise ConnectionError("the connection is refused or lost")
        try:
            await channel.wait_for_state_change(state)
        except grpc.aio.UsageError as error:
            raise ConnectionError("the connection was closed meanwhile") from error


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()
