"""What is kept on disk comes back whole, oldest first, once, and within its bound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from apps.kernel.ids import new_id
from apps.qsys.telemetry import Change, Origin, Spill
from tests.unit.qsys.telemetry.made import change

CHANGES = st.builds(
    change,
    st.integers(0, 2**31 - 1),
    at_us=st.integers(0, 2**52),
    number=st.none() | st.floats(allow_nan=False),
    string=st.text(),
    previous_string=st.none() | st.text(),
    boolean=st.booleans(),
    origin=st.builds(Origin, st.just("operation"), st.text(), st.just(new_id())),
)


def emptied(spill: Spill) -> list[list[Change]]:
    found = []
    while len(spill):
        with spill.oldest() as changes:
            found.append(changes)
    return found


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.lists(CHANGES, min_size=1, max_size=5), max_size=4))
def test_batches_come_back_as_they_were_and_in_order(
    tmp_path: Path, batches: list[list[Change]]
) -> None:
    spill = Spill(tmp_path / str(new_id()))
    assert all(spill.keep(one) for one in batches)
    assert emptied(spill) == batches


def test_a_batch_stays_when_the_block_fails(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    spill.keep([change(1)])
    with pytest.raises(ZeroDivisionError), spill.oldest() as changes:
        raise ZeroDivisionError(len(changes))
    assert [len(one) for one in emptied(spill)] == [1]


def test_two_readers_never_have_the_same_batch(tmp_path: Path) -> None:
    spill, other = Spill(tmp_path), Spill(tmp_path)
    spill.keep([change(1)])
    with spill.oldest() as first, other.oldest() as second:
        assert ([one.control_id for one in first], second) == ([1], [])
    assert len(other) == 0


def test_what_exceeds_the_bound_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    spill = Spill(tmp_path, most_bytes=1_000)
    assert spill.keep([change(1)])
    assert not spill.keep([change(n) for n in range(20)])
    assert [one.suffix for one in tmp_path.iterdir()] == [".changes"]


def test_a_folder_that_cannot_be_made_is_no_room(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spill = Spill(tmp_path / "file" / "changes")
    assert not spill.keep([change(1)])
    assert len(spill) == 0


def test_an_unreadable_batch_is_set_aside_and_hides_no_other(tmp_path: Path) -> None:
    spill = Spill(tmp_path)
    (tmp_path / "0.changes").write_bytes(b"\xc1 nothing")
    spill.keep([change(7)])
    assert [[one.control_id for one in batch] for batch in emptied(spill)] == [[7]]
    assert (tmp_path / "0.unreadable").exists()


def test_half_a_batch_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spill = Spill(tmp_path)

    def full(*arguments: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("apps.qsys.telemetry.spill.os.fsync", full)
    assert not spill.keep([change(1)])
    assert len(spill) == 0
