"""Bytes that are no answer are told as none: never as a yes, a no, or an error of our own."""

from __future__ import annotations

import pytest

from apps.miners.client import Unreachable
from apps.miners.simulator import build_image, clear, inject
from apps.miners.simulator.faults import GARBAGE
from tests.support.miners import NEW_VERSION, connected, metadata_of, pieces, until


@pytest.mark.parametrize("kind", ["noise", "truncated"])
async def test_a_garbled_answer_is_none_and_the_link_goes_on(kind: str) -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "garbage", "kind": kind, "methods": ["GetMinerDetails"]})
        with pytest.raises(Unreachable, match="no GetMinerDetailsResponse") as caught:
            await client.details()
        assert caught.value.sent
        assert (await client.stats()).watts is not None
        await clear(miner, "garbage")
        assert (await client.details()).uid == miner.state.profile.uid


async def test_a_garbled_log_in_sent_nothing_else() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "garbage", "methods": ["Login"]})
        with pytest.raises(Unreachable, match="LoginResponse") as caught:
            await client.pause()
        assert not caught.value.sent
        assert miner.state.history.entries("pause") == []


async def test_a_garbled_stream_is_no_message() -> None:
    async with connected() as (miner, client):
        await inject(miner, {"fault": "garbage", "methods": ["GetMinerStatus"]})
        with pytest.raises(Unreachable, match="GetMinerStatusResponse"):
            await client.status()


@pytest.mark.parametrize("kind", list(GARBAGE))
async def test_a_garbled_word_after_an_image_is_neither_yes_nor_no(kind: str) -> None:
    image = build_image(NEW_VERSION, size=1 << 16)
    async with connected(boot_seconds=0.05) as (miner, client):
        await inject(miner, {"fault": "garbage", "kind": kind, "methods": ["SystemUpgrade"]})
        with pytest.raises(Unreachable) as caught:
            await client.system_upgrade(metadata_of(image), pieces(image))
        assert caught.value.sent
        assert len(miner.state.history.entries("image")) == 1
        await until(lambda: miner.state.version == NEW_VERSION)
