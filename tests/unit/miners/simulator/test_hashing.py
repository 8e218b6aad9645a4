"""The hash-rate model ramps, follows the power target and never exceeds what it promises."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.clock import ManualClock
from apps.miners.simulator import profile_for
from apps.miners.simulator.hashing import IDLE_WATTS, Curve, mean_ramp, noise, ramp_at
from apps.miners.simulator.settings import power_mode
from apps.miners.simulator.state import MinerState

seconds = st.floats(0, 1e6)


def new_state() -> tuple[MinerState, ManualClock]:
    clock = ManualClock(datetime(2026, 11, 20, tzinfo=UTC))
    return MinerState(profile_for("127.1.0.1"), clock, ramp_seconds=10), clock


@given(seconds, seconds, st.floats(0.1, 1e4))
def test_a_ramp_only_rises(one: float, other: float, ramp: float) -> None:
    early, late = sorted((one, other))
    assert 0 <= ramp_at(early, ramp) <= ramp_at(late, ramp) <= 1


@given(seconds, seconds, st.floats(0.1, 1e4))
def test_a_mean_lies_below_the_present_of_a_rising_ramp(
    elapsed: float, window: float, ramp: float
) -> None:
    assert -1e-9 <= mean_ramp(elapsed, window, ramp) <= ramp_at(elapsed, ramp) + 1e-9


def test_mean_over_the_whole_ramp_is_half() -> None:
    assert mean_ramp(10, 10, 10) == pytest.approx(0.5)
    assert mean_ramp(20, 10, 10) == pytest.approx(1.0)


@given(st.floats(500, 5000))
def test_the_curve_runs_both_ways(watts: float) -> None:
    curve = Curve(3068, 104)
    assert curve.watts_at(curve.terahash_at(watts)) == pytest.approx(watts)


def test_less_power_is_more_efficient() -> None:
    curve = Curve(3068, 104)
    assert 2000 / curve.terahash_at(2000) < 3068 / curve.terahash_at(3068)


@given(st.integers(0, 999), seconds, st.floats(1, 1e6))
def test_noise_is_small(seed: int, time: float, window: float) -> None:
    assert abs(noise(seed, time, window) - 1) <= 0.004


def test_miner_reaches_its_nominal_rate_after_the_ramp() -> None:
    state, clock = new_state()
    assert state.gigahash(5) == 0
    clock.advance(5)
    assert 0 < state.gigahash(5) < 0.6 * state.nominal_gigahash()
    clock.advance(10)
    assert state.gigahash(5) == pytest.approx(104_000, rel=0.005)
    assert state.ramping() is False


def test_power_target_moves_rate_and_draw() -> None:
    state, clock = new_state()
    clock.advance(60)
    full = state.gigahash(5)
    state.performance = power_mode(2000)
    assert state.gigahash(5) < 0.8 * full
    assert state.watts() == pytest.approx(2000, rel=0.01)


def test_hashrate_target_draws_the_power_it_needs() -> None:
    state, clock = new_state()
    clock.advance(60)
    mode = state.performance.__class__()
    mode.tuner_mode.hashrate_target.hashrate_target.terahash_per_second = 80
    state.performance = mode
    assert state.gigahash(5) == pytest.approx(80_000, rel=0.005)
    assert state.watts() < 2300


def test_a_paused_miner_idles_and_ramps_anew() -> None:
    state, clock = new_state()
    clock.advance(60)
    state.pause()
    assert (state.gigahash(5), state.watts()) == (0, IDLE_WATTS)
    state.resume()
    clock.advance(1)
    assert 0 < state.gigahash(5) < 0.2 * state.nominal_gigahash()


def test_weak_boards_lower_the_rate_only() -> None:
    state, clock = new_state()
    clock.advance(60)
    full, nominal = state.gigahash(5), state.nominal_gigahash()
    state.faults.hashrate = 0.7
    assert state.gigahash(5) == pytest.approx(0.7 * full)
    assert state.nominal_gigahash() == nominal


def test_uptimes_count_from_boot_and_from_the_daemons_start() -> None:
    state, clock = new_state()
    clock.advance(100)
    state.start_daemon()
    clock.advance(20)
    assert (state.uptime(), state.daemon_uptime()) == (120, 20)
    state.stop_daemon()
    assert state.daemon_uptime() == 0
