"""An image is sent in chunks of at most 1 MiB, and never to its end when it is another."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.miners.client import Family, ImageMismatch, MinerClient, Rejected, Unreachable
from apps.miners.client.types import ImageMetadata
from apps.miners.client.upload import checked, rechunk
from apps.miners.simulator import SimulatedMiner, build_image, inject
from tests.support.miners import NEW_VERSION, connected, metadata_of, pieces, until

IMAGE = build_image(NEW_VERSION, size=(5 << 20) + 123)
GRACE = 0.2


class LeaseLost(Exception):
    """What a caller's own check raises."""


async def collected(parts: list[bytes], most: int) -> list[bytes]:
    async def source():  # type: ignore[no-untyped-def] # a plain list as a stream
        for part in parts:
            yield part

    return [piece async for piece in rechunk(source(), most)]


@given(st.lists(st.binary(max_size=50), max_size=12), st.integers(1, 40))
async def test_chunks_keep_the_bytes_and_the_limit(parts: list[bytes], most: int) -> None:
    chunks = await collected(parts, most)
    assert b"".join(chunks) == b"".join(parts)
    assert all(len(chunk) == most for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= most for chunk in chunks)


async def through(data: bytes, declared: ImageMetadata) -> tuple[bytes, bool]:
    """What left, and whether it ended well."""
    left = bytearray()
    try:
        async for chunk in checked(pieces(data, 16), declared):
            left += chunk
    except ImageMismatch:
        return bytes(left), False
    return bytes(left), True


@given(st.binary(min_size=1, max_size=200))
async def test_the_declared_image_leaves_whole(data: bytes) -> None:
    assert await through(data, metadata_of(data)) == (data, True)


@given(st.binary(min_size=1, max_size=200), st.data())
async def test_a_flipped_bit_keeps_the_end_back(data: bytes, draw: st.DataObject) -> None:
    position = draw.draw(st.integers(0, len(data) - 1))
    spoilt = bytearray(data)
    spoilt[position] ^= 1 << draw.draw(st.integers(0, 7))
    left, whole = await through(bytes(spoilt), metadata_of(data))
    assert whole is False
    assert len(left) < len(data)


@given(st.binary(min_size=1, max_size=100), st.integers(-50, 50).filter(bool))
async def test_another_size_is_never_sent_whole(data: bytes, difference: int) -> None:
    declared = dataclasses.replace(metadata_of(data), size=max(len(data) + difference, 0))
    left, whole = await through(data, declared)
    assert whole is False
    assert len(left) < len(data)


def images(miner: SimulatedMiner) -> list[dict[str, object]]:
    return miner.state.history.entries("image")


async def test_miner_comes_back_with_the_version_of_the_image() -> None:
    async with connected(boot_seconds=0.1) as (miner, client):
        declared = metadata_of(IMAGE)
        assert await client.system_upgrade(declared, pieces(IMAGE, 700_000), grace=GRACE) is True
        await until(lambda: miner.state.version == NEW_VERSION and miner.is_open)
        assert (await client.details()).version == NEW_VERSION
        (entry,) = images(miner)
        assert (entry["sha256"], entry["size"]) == (declared.sha256, len(IMAGE))


async def test_check_runs_before_every_chunk() -> None:
    calls = []

    async def count() -> None:
        calls.append(1)

    async with connected() as (_, client):
        await upgrade(client, before_chunk=count)
        assert len(calls) == 6


async def test_check_that_raises_stops_the_upload_and_frees_the_miner() -> None:
    calls = []

    async def lose_the_lease() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise LeaseLost

    async with connected() as (miner, client):
        with pytest.raises(LeaseLost):
            await upgrade(client, before_chunk=lose_the_lease)
        await until(lambda: miner.state.task is None)
        assert images(miner) == []
        assert await upgrade(client) is True


async def upgrade(client: MinerClient, data: bytes = IMAGE, **options: object) -> bool:
    declared = metadata_of(data)
    return await client.system_upgrade(declared, pieces(data), grace=GRACE, **options)  # type: ignore[arg-type] # tests pass one option


async def test_other_bytes_than_declared_never_reach_the_end() -> None:
    async with connected() as (miner, client):
        other = build_image("2026-01-01-0-00000000-26.01-plus", size=len(IMAGE))
        with pytest.raises(ImageMismatch, match="SHA-256"):
            await client.system_upgrade(metadata_of(IMAGE), pieces(other), grace=GRACE)
        await until(lambda: miner.state.history.entries("upload_failed"))
        assert images(miner) == []
        assert miner.state.task is None


async def test_busy_miner_rejects_before_the_bytes() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "busy", "code": "ALREADY_EXISTS"})
        with pytest.raises(Rejected, match="another system task") as caught:
            await upgrade(client)
        assert (caught.value.family, caught.value.status) == (Family.BUSY, "ALREADY_EXISTS")
        assert miner.state.history.entries("upload_begun") == []


async def test_link_lost_while_sending_leaves_the_verdict_open() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "drop_upload", "at": 2_000_000})
        with pytest.raises(Unreachable) as caught:
            await upgrade(client)
        assert caught.value.sent is True
        await until(lambda: miner.is_open and miner.state.task is None)
        assert images(miner) == []
        assert await upgrade(client) is True


async def test_bytes_that_are_no_image_are_rejected_in_the_devices_words() -> None:
    async with connected() as (miner, client):
        with pytest.raises(Rejected, match="firmware header"):
            await upgrade(client, b"something else" * 1000)
        assert images(miner) == []


async def test_image_for_another_machine_is_rejected() -> None:
    async with connected() as (_, client):
        with pytest.raises(Rejected, match="is not for Antminer S19J Pro") as caught:
            await upgrade(client, build_image(NEW_VERSION, models=["Antminer S9"], size=4096))
        assert caught.value.family is Family.CONSTRAINT


async def test_login_that_expired_is_renewed_before_the_bytes() -> None:
    async with connected() as (miner, client):
        await client.located()
        await inject(miner, {"fault": "expire_tokens"})
        assert await upgrade(client) is True


async def test_success_with_the_old_version_is_only_seen_by_asking() -> None:
    async with connected(boot_seconds=0.1) as (miner, client):
        await inject(miner, {"fault": "old_version"})
        booted = miner.state.run.booted
        assert await upgrade(client) is True
        await until(lambda: miner.state.run.booted > booted and miner.is_open)
        assert (await client.details()).version != NEW_VERSION


async def test_old_firmware_has_no_upgrade() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "unimplemented", "methods": ["SystemUpgrade"]})
        with pytest.raises(Rejected) as caught:
            await upgrade(client)
        assert caught.value.family is Family.UNSUPPORTED
