"""Loop players: files start, wait, stop and are cancelled; a late start is told by a push."""

from __future__ import annotations

from datetime import datetime

import pytest

from apps.qsys.client import LoopFailure, LoopFile, LoopPlayer, QsysRejected
from apps.qsys.client.loop_player import AFTER_CURRENT, ERROR_PUSH
from tests.support.qsys import connected, until

PLAYER = "Loop Player"
RAIN = LoopFile("Rain.mp3", 1, "stereo")
NOON = datetime(2026, 6, 1, 12).timestamp()  # noqa: DTZ001 - a Core's day is its own
HALF_PAST = 12 * 3600 + 1800


async def test_a_file_plays_and_is_stopped() -> None:
    async with connected() as (host, session):
        player = LoopPlayer(session, PLAYER)
        await player.start([RAIN], loop=True)
        job = host.core.playing[PLAYER][1]
        assert (job.file, job.state, job.loop) == ("Rain.mp3", "Playing", True)
        await player.stop([1])
        assert host.core.playing[PLAYER] == {}


async def test_one_that_waits_is_cancelled_and_not_stopped() -> None:
    async with connected(wall=lambda: NOON) as (host, session):
        player = LoopPlayer(session, PLAYER)
        await player.start([RAIN], at=HALF_PAST)
        assert host.core.playing[PLAYER][1].state == "Waiting"
        await player.stop([1])
        assert 1 in host.core.playing[PLAYER]
        await player.cancel([1])
        assert 1 not in host.core.playing[PLAYER]


async def test_after_the_current_one_means_at_once_when_nothing_plays() -> None:
    async with connected() as (host, session):
        player = LoopPlayer(session, PLAYER)
        await player.start([RAIN], at=AFTER_CURRENT)
        assert host.core.playing[PLAYER][1].state == "Playing"
        await player.start([LoopFile("Chime.wav", 1)], at=AFTER_CURRENT)
        assert host.core.playing[PLAYER][1].state == "Waiting"


async def test_a_start_in_the_past_is_told_by_a_push_with_our_reference() -> None:
    heard: list[LoopFailure] = []
    async with connected(wall=lambda: NOON) as (host, session):
        session.listen(ERROR_PUSH, LoopFailure, heard.append)
        await LoopPlayer(session, PLAYER).start([RAIN], at=60, reference="job 7")
        await until(lambda: heard == [LoopFailure("JobInPast", "job 7")])
        assert host.core.playing[PLAYER] == {}


@pytest.mark.parametrize(
    ("file", "code"), [(LoopFile("Nothing.wav", 1), 4), (LoopFile("Rain.mp3", 9), -32602)]
)
async def test_a_missing_file_or_output_is_rejected(file: LoopFile, code: int) -> None:
    async with connected() as (host, session):
        with pytest.raises(QsysRejected) as caught:
            await LoopPlayer(session, PLAYER).start([file])
        assert caught.value.code == code
        assert host.core.playing[PLAYER] == {}


async def test_what_cannot_be_meant_is_refused_before_anything_is_sent() -> None:
    async with connected() as (host, session):
        player = LoopPlayer(session, PLAYER)
        with pytest.raises(ValueError, match="at least one file"):
            await player.start([])
        with pytest.raises(ValueError, match="second of the day"):
            await player.start([RAIN], at=86_400)
        with pytest.raises(ValueError, match="counted from 1"):
            await player.stop([0])
        with pytest.raises(ValueError, match="mono"):
            LoopFile("Rain.mp3", 1, "surround")
        assert not any(name.startswith("LoopPlayer") for name in host.core.counts)
