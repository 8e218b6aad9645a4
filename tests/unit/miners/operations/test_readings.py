"""A miner tells what it is, what is wrong, and what it wrote down."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.services.readings import LEVELS, fitting, level_of, moment_of_line
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from tests.support.minersite import MinerSite, call

LINES = [
    "2026-11-27T10:00:00.123Z INFO boser: start",
    "  a line that goes on",
    "2026-11-27T11:00:00+00:00 WARN boser: fan 2 slow",
    "2026-11-27 12:00:00 [ERROR] bosminer: board 1 gone",
    "nothing to see",
]


def test_what_a_miner_is_comes_with_serials_and_ranges(
    miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    miner.state.settings.boards_off = {"2"}
    found = call(operator, "miners.miner.info", {"device": device.name}).output
    assert found is not None
    profile = miner.state.profile
    assert (found["firmware"], found["serial"]) == (FIRMWARE, profile.serial)
    assert (found["psu_serial"], found["mac"]) == (profile.psu_serial, profile.mac)
    assert [board["enabled"] for board in found["boards"]] == [True, False, True]
    assert found["boards"][0]["serial"] == f"{profile.serial}B1"
    assert (found["target"], found["cooling"]) == ("power 3068 W", "auto")
    assert found["power_range"] == {"default": 3068, "least": 1200, "most": 3800}
    assert (found["licence"], found["network"], found["auto_upgrade"]) == ("valid", "dhcp", False)
    assert found["methods"] > 40


def test_errors_come_with_codes_and_hints(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    found = call(operator, "miners.error.list", {"device": device.name}).output
    assert found is not None
    assert found["errors"] == []
    site.fault(miner, "error", code="V2", message="PSU overcurrent")
    found = call(operator, "miners.error.list", {"device": device.name}).output
    assert found is not None
    (error,) = found["errors"]
    assert (error["message"], error["codes"]) == ("PSU overcurrent", ["V2"])
    assert error["hints"] == ["Check the power supply and its cables."]


def test_a_log_is_read_from_its_end(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    call(operator, "miners.miner.status", {"device": device.name})
    for _ in range(3):
        miner.state.history.record("pause")
    miner.state.history.record("upload_failed")
    data = {"device": device.name, "lines": 2}
    found = call(operator, "get_miner_logs", data).output
    assert found is not None
    assert found["lines"][-1].endswith("ERROR bosminer: upload_failed")
    assert (len(found["lines"]), found["left_out"] >= 2) == (2, True)
    bad = call(operator, "miners.log.read", {**data, "level": "error"}).output
    assert bad is not None
    assert (len(bad["lines"]), bad["left_out"]) == (1, 0)
    site.fault(miner, "unimplemented", methods=["GetLog"])
    with pytest.raises(Failure) as caught:
        call(operator, "miners.log.read", data)
    assert caught.value.code is Code.DEVICE_REJECTED
    assert "firmware" in caught.value.detail


def test_lines_are_chosen_by_level_and_time() -> None:
    noon = datetime(2026, 11, 27, 10, 30, tzinfo=UTC)
    assert fitting(LINES, "warn", None) == LINES[2:4]
    assert fitting(LINES, None, noon) == LINES[2:]
    assert fitting(LINES, "error", noon) == [LINES[3]]
    assert fitting(LINES, None, None) == LINES


@given(st.lists(st.text(max_size=60)), st.sampled_from([None, *LEVELS]), st.datetimes())
def test_any_text_is_a_log(lines: list[str], level: str | None, since: datetime) -> None:
    kept = fitting(lines, level, since.replace(tzinfo=UTC))
    assert all(line in lines for line in kept)
    assert all(level_of(line) in LEVELS for line in lines)
    assert all(moment is None or moment.tzinfo for moment in map(moment_of_line, lines))
