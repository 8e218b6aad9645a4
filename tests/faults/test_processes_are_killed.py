"""kill -9 of each process during an upgrade: it comes back by itself, and the job is done once."""

import os
import signal
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.faults.panel import told, turning
from tests.faults.scene import (
    Upgrade,
    comes_back,
    device_of,
    freeze,
    fresh,
    kill,
    miner_of,
    ready,
)
from tests.faults.test_launch_and_stop import allowed
from tests.flows.conftest import Api
from tests.load.bench import children_of
from tests.support.controls import CoreControl
from tests.support.engines import until
from tests.support.plane import Plane

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]

#: Seconds until another process polls.
TAKEN_OVER = 6.0


def state_of(api: Api, name: str) -> dict[str, object]:
    """What lists show of a device's life."""
    (device,) = api.get("/api/v1/devices/", name=name)["items"]
    return dict(device["state"])


def test_worker_dies_while_upgrades_are_checked_sent_and_restarted(plane: Plane) -> None:
    restarting = Upgrade(plane, fresh(plane, "Miner 01"))
    second = fresh(plane, "Miner 02")
    miner_of(plane, second).tell("fault", fault="hang", methods=["SystemUpgrade"])
    restarting.reach("rebooting")
    restarting.miner.tell("fault", fault="refuse", seconds=10)
    sent = Upgrade(plane, second)
    sent.reach("sending")
    third = fresh(plane, "Miner 03")
    miner_of(plane, third).tell("fault", fault="mute")
    checked = Upgrade(plane, third)
    checked.reach("preflight")
    before = kill(plane, "worker")
    assert comes_back(plane, "worker", before) != before
    # Not before: a miner that has yet to notice that its caller died would take the image whole.
    for one in (sent, checked):
        one.miner.tell("heal")
    for one in (restarting, sent, checked):
        one.require_done_once()
    assert sent.moves().count("sending") == 2
    assert "reconciling" in sent.moves()
    assert checked.moves().count("sending") == 1


@pytest.mark.parametrize(
    ("name", "miner", "moment"),
    [
        ("web", "Miner 04", "sending"),
        ("beat", "Miner 05", "rebooting"),
        ("ticks", "Miner 06", "rebooting"),
        ("poller", "Miner 07", "rebooting"),
    ],
)
def test_another_process_dies_during_an_upgrade(
    plane: Plane, name: str, miner: str, moment: str
) -> None:
    upgrade = Upgrade(plane, fresh(plane, miner))
    upgrade.reach(moment, "sent", "rebooting")
    before = kill(plane, name)
    assert comes_back(plane, name, before) != before
    upgrade.require_done_once()
    assert upgrade.moves().count("sending") == 1
    until(lambda: ready(plane), 30, lambda: plane.log("up")[-2000:])


def test_no_turn_of_a_core_is_lost_for_good_or_told_twice(plane: Plane) -> None:
    """kill -9 of the processes that poll, while somebody turns a level all the time."""
    api, core = Api(plane, "viewer"), CoreControl(plane, device_of(plane, "Lobby")["address"])
    since = datetime.now(UTC).isoformat()
    with turning(core) as turned:
        until(lambda: len(told(api, since)) >= 5, 60, lambda: plane.log("poller")[-2000:])
        leader = plane.pids()["poller"]
        for process in set(children_of(leader)) - {leader}:
            os.kill(process, signal.SIGKILL)
        killed, mark = time.monotonic(), len(turned) + 2
        until(
            lambda: told(api, since)[-1]["value"] in turned[mark:],
            60,
            lambda: plane.log("poller")[-2000:],
        )
        took = time.monotonic() - killed
    until(lambda: told(api, since)[-1]["value"] == turned[-1], 30, lambda: f"{turned[-1]}")
    print(f"polled again after {took:.1f} s")
    assert took <= allowed(TAKEN_OVER)
    events = told(api, since)
    values = [one["value"] for one in events]
    assert values == sorted(set(values)), "none twice, none out of turn"
    assert set(values) <= set(turned)
    assert all(later["previous"] == sooner["value"] for sooner, later in pairwise(events))


def test_age_and_staleness_are_shown_while_the_poller_is_frozen(plane: Plane) -> None:
    api = Api(plane, "viewer")
    until(lambda: state_of(api, "Miner 10")["liveness"] == "ok", 60, lambda: "never polled")
    leader = plane.pids()["poller"]
    freeze(leader)
    try:
        until(lambda: state_of(api, "Miner 10")["liveness"] == "stale", 60, lambda: "not stale")
        assert float(str(state_of(api, "Miner 10")["age"])) >= 30
    finally:
        freeze(leader, thaw=True)
    until(lambda: state_of(api, "Miner 10")["liveness"] == "ok", 60, lambda: "not polled again")
    assert float(str(state_of(api, "Miner 10")["age"])) < 15
