"""A loss is told once, a return once; a Core that comes and goes has to stay before it is back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.clock import ManualClock, using
from apps.qsys.client import EngineStatus
from apps.qsys.poller.losses import FLAPS_WITHIN, HOLD_FIRST, HOLD_MOST, LOST_AGAIN, Losses
from apps.qsys.poller.outlook import Outlook
from apps.qsys.poller.plan import Plan

AFTER = 5.0


@dataclass
class Scene:
    """One Core on a clock of its own; what people were told, second by second."""

    time: ManualClock
    outlook: Outlook = field(init=False)
    losses: Losses = field(default_factory=lambda: Losses(AFTER))
    lost: bool = False
    events: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outlook = Outlook(uuid4())
        # It was there before.
        self.outlook.connections = 1

    def up(self, seconds: int) -> None:
        self.outlook.up(EngineStatus(), Plan([]))
        self._pass(seconds)

    def down(self, seconds: int) -> None:
        self.outlook.down()
        self._pass(seconds)

    def _pass(self, seconds: int) -> None:
        for _ in range(seconds):
            self.time.advance(1)
            now = self.time.monotonic()
            if self.outlook.connected:
                self.outlook.heard()
            back = self.losses.is_back(self.outlook, now) and self.outlook.reading() is not None
            if back and self.lost:
                self.lost = False
                self.events.append("found")
            for reason in self.losses.told([self.outlook], now).values():
                self.reasons.append(reason)
                if not self.lost:
                    self.lost = True
                    self.events.append("lost")


@pytest.fixture
def scene() -> Iterator[Scene]:
    time = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    with using(time):
        yield Scene(time)


def test_a_first_connection_that_took_its_time_is_no_return(scene: Scene) -> None:
    scene.outlook.connections = 0
    scene.down(8)
    scene.up(5)
    scene.down(8)
    assert not any("comes and goes" in one for one in scene.reasons)


def test_a_short_absence_is_no_loss(scene: Scene) -> None:
    scene.up(3)
    scene.down(4)
    scene.up(3)
    assert (scene.events, scene.reasons) == ([], [])


def test_one_loss_and_one_return_are_told_at_once(scene: Scene) -> None:
    scene.up(3)
    scene.down(200)
    scene.up(1)
    assert scene.events == ["lost", "found"]
    assert len(scene.reasons) == 1 + 195 // LOST_AGAIN


def test_a_core_that_comes_and_goes_is_told_lost_once_more_and_found_when_it_stays(
    scene: Scene,
) -> None:
    scene.up(3)
    for _ in range(10):
        scene.down(6)
        scene.up(4)
    assert scene.events == ["lost", "found", "lost"]
    assert "stayed for 10 s" in scene.reasons[-1]
    scene.up(int(HOLD_FIRST) + 1)
    assert scene.events == ["lost", "found", "lost", "found"]


def test_it_has_to_stay_longer_each_time(scene: Scene) -> None:
    stays = []
    for _ in range(7):
        scene.down(6)
        scene.up(1)
        waited = 1
        while scene.lost:
            scene._pass(1)
            waited += 1
        stays.append(waited)
    assert stays == [1, *(int(one) for one in (10, 20, 40, 80, HOLD_MOST, HOLD_MOST))]


def test_a_loss_long_after_the_last_one_is_a_first_one_again(scene: Scene) -> None:
    for _ in range(3):
        scene.down(6)
        scene.up(int(FLAPS_WITHIN) + 1)
    scene.down(6)
    scene.up(1)
    assert scene.events == ["lost", "found"] * 4


def test_an_unreachable_core_is_said_to_be_tried_twice_a_minute(scene: Scene) -> None:
    scene.outlook.reason, scene.outlook.tries = "Connection refused.", 10
    scene.down(6)
    assert scene.reasons == [
        "Unreachable: 10 tries failed, it is tried twice a minute. Connection refused."
    ]


@given(st.lists(st.tuples(st.integers(1, 120), st.integers(1, 120)), max_size=12))
def test_events_alternate_and_flapping_never_tells_more_often(spans: list[tuple[int, int]]) -> None:
    time = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    with using(time):
        scene = Scene(time)
        for up, down in spans:
            scene.up(up)
            scene.down(down)
    assert scene.events[::2] == ["lost"] * len(scene.events[::2])
    assert scene.events[1::2] == ["found"] * len(scene.events[1::2])
    assert len(scene.events) <= 2 * sum(down >= AFTER for _, down in spans)
