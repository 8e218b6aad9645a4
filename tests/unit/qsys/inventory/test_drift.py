"""What counts as drift, in words and by whom it is decided; no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.ids import new_id
from apps.qsys.inventory.drift import DEPLOYS_WITHIN, Expected, Running, drifts

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=3)


def running(code: str = "aaa", **fields: Any) -> Running:
    given: dict[str, Any] = {"site_path": "/hall/", "design": "Hall", "since": LONG_AGO}
    return Running(new_id(), code=code, **{**given, **fields})


@pytest.mark.parametrize(
    ("pin", "reasons"),
    [
        (None, ()),
        (Expected("Hall"), ()),
        (Expected("Hall", "aaa"), ()),
        (Expected("Lobby"), ("pin",)),
        (Expected("Hall", "bbb"), ("pin",)),
        (Expected(firmware="10.1"), ("firmware",)),
        (Expected("Lobby", firmware="10.1"), ("pin", "firmware")),
    ],
)
def test_a_pin_says_what_should_run(pin: Expected | None, reasons: tuple[str, ...]) -> None:
    one = running(pin=pin, firmware="9.12")
    found = drifts([one], NOW).get(one.device_id)
    assert (found.reasons if found else ()) == reasons


def test_the_words_name_both_versions() -> None:
    one = running(pin=Expected("Lobby", "bbb"))
    assert drifts([one], NOW)[one.device_id].detail == (
        "It runs Hall (aaa), pinned is Lobby (bbb)."
    )


def test_firmware_that_nobody_told_is_no_drift() -> None:
    assert drifts([running(pin=Expected(firmware="10.1"))], NOW) == {}


def test_neighbours_should_run_the_version_that_was_deployed_last() -> None:
    old, new = running("aaa"), running("bbb", since=NOW - DEPLOYS_WITHIN)
    elsewhere = running("ccc", site_path="/lobby/")
    other = running("ddd", design="Other")
    found = drifts([old, new, elsewhere, other], NOW)
    assert {key: one.reasons for key, one in found.items()} == {old.device_id: ("site",)}
    assert "bbb of Hall was deployed last there, it runs aaa." in found[old.device_id].detail


def test_a_deployment_that_goes_on_is_no_drift_yet() -> None:
    cores = [running("aaa"), running("bbb", since=NOW - DEPLOYS_WITHIN / 2)]
    assert drifts(cores, NOW) == {}


def test_a_pin_decides_alone_over_neighbours() -> None:
    pinned = running("aaa", pin=Expected("Hall", "aaa"))
    assert drifts([pinned, running("bbb", since=NOW - timedelta(hours=1))], NOW) == {}


def test_a_pair_that_differs_has_drifted() -> None:
    one = running(pair_differs=True)
    assert drifts([one], NOW)[one.device_id].reasons == ("pair",)


def test_most_cores_of_a_model_say_which_firmware_is_expected() -> None:
    def cores(*versions: str) -> list[Running]:
        return [running(platform="Core 110f", firmware=one) for one in versions]

    three = cores("9.12.1", "10.0.0", "10.0.0")
    assert set(drifts(three, NOW)) == {three[0].device_id}
    even = cores("9.9.0", "9.10.0")
    assert set(drifts(even, NOW)) == {even[0].device_id}
    mixed = [*cores("9.12.1"), running(platform="Core 8 Flex", firmware="10.0.0")]
    assert drifts(mixed, NOW) == {}


@given(st.lists(st.sampled_from(("", "9.9", "9.10", "beta", "10.x.1")), max_size=6))
def test_of_cores_alike_never_all_have_drifted(versions: list[str]) -> None:
    cores = [running(platform="Core 110f", firmware=one) for one in versions]
    found = drifts(cores, NOW)
    assert len(found) < max(1, len(cores))
    assert all(one.reasons == ("firmware",) for one in found.values())
