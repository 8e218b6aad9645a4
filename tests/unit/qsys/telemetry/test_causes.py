"""A change that a call of ours made carries the call and its actor; others do not."""

from __future__ import annotations

from typing import Any

import pytest
import redis

from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey
from apps.qsys.models import Cause
from apps.qsys.telemetry import Change, Origin, causes
from apps.qsys.telemetry.causes import Attributor
from tests.unit.qsys.telemetry.made import PLACE, change, now_us

CALL = new_id()
OURS = Origin(Cause.OPERATION.value, "operator-1", CALL)


@pytest.fixture(autouse=True)
def _no_notes() -> None:
    valkey().flushdb()


def noted(at_us: int, *, ramp: float = 0.0, control: str = "gain.1") -> None:
    assert causes.leave(PLACE.device_id, "Lobby Gain", control, OURS, at_us=at_us, ramp=ramp)


def attributed(*changes: Change) -> list[Origin]:
    Attributor().attribute(changes)
    return [one.origin for one in changes]


def test_the_change_after_a_set_is_the_calls() -> None:
    at = now_us()
    noted(at)
    assert attributed(change(at_us=at + 40_000)) == [OURS]


def test_a_change_before_the_set_or_long_after_it_is_the_devices() -> None:
    at = now_us()
    noted(at)
    found = attributed(change(at_us=at - 1), change(at_us=at + 2_000_001))
    assert [one.cause for one in found] == [Cause.DEVICE, Cause.DEVICE]


def test_a_set_without_a_ramp_explains_one_change() -> None:
    at = now_us()
    noted(at)
    first, second = attributed(change(at_us=at + 40_000), change(at_us=at + 80_000))
    assert (first, second.cause) == (OURS, Cause.DEVICE)


def test_a_ramp_explains_all_changes_until_its_end() -> None:
    at = now_us()
    noted(at, ramp=3.0)
    found = attributed(*(change(at_us=at + step * 500_000) for step in range(12)))
    assert [one == OURS for one in found] == [True] * 11 + [False]


def test_a_recall_explains_what_it_changed_on_every_control_of_its_device() -> None:
    at = now_us()
    assert causes.leave_for_all(PLACE.device_id, OURS, at_us=at)
    found = attributed(change(at_us=at + 1), change(1, at_us=at + 1), change(at_us=at + 2))
    assert found == [OURS] * 3


def test_a_set_of_its_own_comes_before_the_recall_around_it() -> None:
    at = now_us()
    other = Origin(Cause.SCHEDULE.value, "schedule:evening", new_id())
    assert causes.leave_for_all(PLACE.device_id, other, at_us=at)
    noted(at)
    assert attributed(change(at_us=at + 1), change(at_us=at + 2)) == [OURS, other]


def test_another_control_is_not_explained() -> None:
    at = now_us()
    noted(at, control="gain.2")
    assert attributed(change(1, at_us=at + 1))[0].cause == Cause.DEVICE


def test_first_values_are_nobodys() -> None:
    at = now_us()
    noted(at)
    first = Origin(Cause.FIRST.value)
    assert attributed(change(at_us=at + 1, origin=first)) == [first]


def test_a_change_found_after_a_gap_may_be_ours() -> None:
    at = now_us()
    noted(at)
    assert attributed(change(at_us=at + 1, origin=Origin(Cause.AWAY.value))) == [OURS]


def test_without_valkey_only_the_cause_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def __getattr__(self, name: str) -> Any:
            raise redis.ConnectionError("away")

    monkeypatch.setattr(causes, "valkey", Away)
    assert not causes.leave(PLACE.device_id, None, "x", OURS, at_us=1)
    assert attributed(change())[0].cause == Cause.DEVICE
