"""Mixers are set by channel strings, and a wrong one is told before or by the Core."""

from __future__ import annotations

from typing import Any

import pytest

from apps.qsys.client import Mixer, MixerTarget, QsysRejected, QsysSession
from tests.support.qsys import FACES, connected

MIXER = "Main Mixer"
SIZE = 700  # the demo design has room for its mixer from here on


async def state(session: QsysSession, *controls: str) -> list[Any]:
    return [one.value for one in await session.component_get(MIXER, controls)]


@pytest.mark.parametrize("face", FACES)
async def test_gains_of_a_range_of_inputs(face: str) -> None:
    async with connected(face, controls=SIZE) as (_, session):
        await Mixer(session, MIXER).set(MixerTarget.INPUT_GAIN, -12.0, inputs="1-3 !2")
        assert await state(session, *[f"input.{n}.gain" for n in (1, 2, 3, 4)]) == [-12, 0, -12, 0]


@pytest.mark.parametrize(
    ("target", "value", "sides", "control", "reads"),
    [
        (MixerTarget.CROSSPOINT_GAIN, -3.0, {"inputs": "2", "outputs": "3"}, "gain", -3),
        (MixerTarget.CROSSPOINT_DELAY, 12.5, {"inputs": "2", "outputs": "3"}, "delay", 12.5),
        (MixerTarget.CROSSPOINT_MUTE, True, {"inputs": "2", "outputs": "*"}, "mute", True),
        (MixerTarget.CROSSPOINT_SOLO, True, {"inputs": "*", "outputs": "3"}, "solo", True),
    ],
)
async def test_crosspoints(
    target: MixerTarget, value: float | bool, sides: dict[str, str], control: str, reads: Any
) -> None:
    async with connected(controls=SIZE) as (_, session):
        await Mixer(session, MIXER).set(target, value, **sides)
        assert await state(session, f"input.2.output.3.{control}") == [pytest.approx(reads)]


@pytest.mark.parametrize(
    ("target", "sides", "control"),
    [
        (MixerTarget.INPUT_MUTE, {"inputs": "8"}, "input.8.mute"),
        (MixerTarget.INPUT_SOLO, {"inputs": "8"}, "input.8.solo"),
        (MixerTarget.OUTPUT_MUTE, {"outputs": "4"}, "output.4.mute"),
        (MixerTarget.CUE_MUTE, {"cues": "1"}, "cue.1.mute"),
        (MixerTarget.INPUT_CUE_ENABLE, {"cues": "1", "inputs": "5"}, "input.5.cue.1.enable"),
        (MixerTarget.INPUT_CUE_AFL, {"cues": "1", "inputs": "5"}, "input.5.cue.1.afl"),
    ],
)
async def test_switches(target: MixerTarget, sides: dict[str, str], control: str) -> None:
    async with connected(controls=SIZE) as (_, session):
        await Mixer(session, MIXER).set(target, True, **sides)
        assert await state(session, control) == [True]
        await Mixer(session, MIXER).set(target, False, **sides)
        assert await state(session, control) == [False]


@pytest.mark.parametrize(
    ("target", "side"),
    [(MixerTarget.OUTPUT_GAIN, "outputs"), (MixerTarget.CUE_GAIN, "cues")],
)
async def test_a_gain_is_ramped(target: MixerTarget, side: str) -> None:
    now = [50.0]
    control = f"{side[:-1]}.1.gain"
    async with connected(controls=SIZE, clock=lambda: now[0]) as (_, session):
        mixer = Mixer(session, MIXER)
        await mixer.set(target, -40.0, ramp=4, **{side: "1"})
        now[0] += 2
        assert await state(session, control) == [-20]
        now[0] += 2
        assert await state(session, control) == [-40]


async def test_a_channel_that_the_mixer_lacks_is_rejected_and_nothing_moves() -> None:
    async with connected(controls=SIZE) as (_, session):
        with pytest.raises(QsysRejected, match="channel") as caught:
            await Mixer(session, MIXER).set(MixerTarget.INPUT_GAIN, -6.0, inputs="7-9")
        assert caught.value.code == 9
        assert await state(session, "input.7.gain", "input.8.gain") == [0, 0]


@pytest.mark.parametrize(
    ("target", "value", "more", "words"),
    [
        (MixerTarget.INPUT_GAIN, 0.0, {}, "needs inputs"),
        (MixerTarget.CROSSPOINT_GAIN, 0.0, {"inputs": "1"}, "needs outputs"),
        (MixerTarget.OUTPUT_GAIN, 0.0, {"outputs": "1", "inputs": "1"}, "takes no inputs"),
        (MixerTarget.INPUT_MUTE, 0.5, {"inputs": "1"}, "true or false"),
        (MixerTarget.INPUT_MUTE, True, {"inputs": "1", "ramp": 2.0}, "takes no ramp"),
        (MixerTarget.INPUT_GAIN, 0.0, {"inputs": "first"}, "is no channel"),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    target: MixerTarget, value: float | bool, more: dict[str, Any], words: str
) -> None:
    async with connected(controls=SIZE) as (host, session):
        with pytest.raises(ValueError, match=words):
            await Mixer(session, MIXER).set(target, value, **more)
        assert host.core.counts[f"Mixer.{target}"] == 0


async def test_only_a_mixer_is_a_mixer() -> None:
    async with connected(controls=SIZE) as (_, session):
        with pytest.raises(QsysRejected) as caught:
            await Mixer(session, "Lobby Gain").set(MixerTarget.INPUT_GAIN, 0.0, inputs="1")
        assert caught.value.code == 7
