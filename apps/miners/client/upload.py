"""Pushes a firmware image: chunks of at most 1 MiB, hashed as they leave, the end held back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from hashlib import sha256
from typing import Any

import grpc
from google.protobuf.unknown_fields import UnknownFieldSet

from apps.miners.client.errors import ImageMismatch, Unreachable, translate
from apps.miners.client.link import Deadline, Link, Metadata, understood
from apps.miners.client.types import ImageMetadata
from apps.miners.contract.generated import bos_upgrade_pb2 as pb

CHUNK_BYTES = 1 << 20
_PATH = "/braiins.bos.v1.UpgradeService/SystemUpgrade"

BeforeChunk = Callable[[], Awaitable[None]]


async def rechunk(chunks: AsyncIterable[bytes], most: int = CHUNK_BYTES) -> AsyncIterator[bytes]:
    """The same bytes in pieces of `most`, the last as short as it comes; none is empty."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        while len(held) >= most:
            yield bytes(held[:most])
            del held[:most]
    if held:
        yield bytes(held)


async def checked(chunks: AsyncIterable[bytes], image: ImageMetadata) -> AsyncIterator[bytes]:
    """Passes chunks on, one behind, so that the last leaves only after all bytes were judged.

    Raises ImageMismatch instead of yielding the last chunk of bytes that are not the image.
    """
    digest, size = sha256(), 0
    held: bytes | None = None
    async for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
        if size > image.size:
            raise ImageMismatch(f"The image is longer than the {image.size} bytes declared.")
        if held is not None:
            yield held
        held = chunk
    if size != image.size:
        raise ImageMismatch(f"The image has {size} bytes, {image.size} are declared.")
    if digest.hexdigest() != image.sha256.lower():
        raise ImageMismatch(f"The image's SHA-256 is {digest.hexdigest()}, not {image.sha256}.")
    if held is not None:
        yield held


async def push(
    link: Link,
    login: Metadata,
    image: ImageMetadata,
    chunks: AsyncIterable[bytes],
    before_chunk: BeforeChunk,
    grace: float,
    deadline: Deadline,
) -> bool:
    """Sends an image; True when the device says the installation began.

    `before_chunk` is awaited before every chunk; what it raises ends the upload unfinished, and
    the device throws the bytes away. `grace` is how long, in seconds, the device may take to
    refuse the metadata before bytes follow: grpc.aio hides a refusal that meets a write.
    """
    channel = await link.channel(deadline)
    method: Any = channel.stream_unary(
        _PATH, pb.SystemUpgradeRequest.SerializeToString, pb.SystemUpgradeResponse.FromString
    )
    call = method(timeout=deadline.left(), metadata=login)
    try:
        await _declare(call, image, grace)
        await _send(call, checked(rechunk(chunks), image), before_chunk)
        response = understood(await call, pb.SystemUpgradeResponse, link.target)
    except grpc.aio.AioRpcError as error:
        raise translate(error, deadline.seconds) from error
    except asyncio.InvalidStateError as error:
        # The device ended the call while bytes were on their way: its status says why.
        raise await _verdict(call, deadline) from error
    finally:
        call.cancel()
    if not response.successful and _is_another(response):
        raise Unreachable("its answer to the image is of another kind", sent=True)
    return response.successful


def _is_another(response: pb.SystemUpgradeResponse) -> bool:
    """Whether a field of ours came as another type: then no "no" may be read out of it."""
    ours, foreign = response.DESCRIPTOR.fields_by_number, UnknownFieldSet(response)
    return any(foreign[place].field_number in ours for place in range(len(foreign)))


async def _declare(call: Any, image: ImageMetadata, grace: float) -> None:
    """Sends the metadata and gives the device time to refuse them."""
    metadata = pb.SystemUpgradeMetadata(
        size=image.size,
        hash=image.sha256,
        discard_settings=image.discard_settings,
        disable_cleanup=image.disable_cleanup,
    )
    await call.write(pb.SystemUpgradeRequest(metadata=metadata))
    with suppress(TimeoutError):
        await asyncio.wait_for(call.code(), grace)


async def _send(call: Any, chunks: AsyncIterator[bytes], before_chunk: BeforeChunk) -> None:
    async for chunk in chunks:
        await before_chunk()
        if call.done():
            return  # the device has spoken: its status says why
        await call.write(pb.SystemUpgradeRequest(data=chunk))
    await call.done_writing()


async def _verdict(call: Any, deadline: Deadline) -> Exception:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return translate(error, deadline.seconds)
    return Unreachable("the device answered before the image was complete", sent=True)
