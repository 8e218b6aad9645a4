"""The buffer is bounded: telemetry gives way first, and no loss goes uncounted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.qsys.telemetry import Buffer, LastValue, Limits
from apps.qsys.telemetry.buffer import BATCH_CHANGES
from tests.unit.qsys.telemetry.made import change, samples

SMALL = Limits(changes=10, samples=100, seconds=6)


def test_a_batch_holds_what_was_put_in_order() -> None:
    buffer = Buffer()
    buffer.put_changes([change(1), change(2)])
    buffer.put_samples(samples(3))
    buffer.put_values([LastValue(1, 5, 1.0, "1", None)])
    batch = buffer.take()
    assert [one.control_id for one in batch.changes] == [1, 2]
    assert [len(one) for one in batch.samples] == [3]
    assert [one.control_id for one in batch.values] == [1]
    assert not buffer.take()
    assert len(buffer) == 0


def test_only_the_newest_value_of_a_control_waits() -> None:
    buffer = Buffer()
    buffer.put_values([LastValue(1, at, float(at), "", None) for at in (1, 2, 3)])
    assert [one.number for one in buffer.take().values] == [3.0]


def test_raw_samples_go_first_and_leave_their_figures() -> None:
    buffer = Buffer(SMALL)
    for second in (1, 2, 3):
        buffer.put_samples(samples(40, second=second))
    batch = buffer.take()
    assert [one.second for one in batch.samples] == [2, 3]
    assert {(one.second, one.samples) for one in batch.seconds} == {(1, 14), (1, 13)}
    assert buffer.dropped == {"change": 0, "sample": 40, "second": 0}


def test_figures_go_when_even_they_are_too_many() -> None:
    buffer = Buffer(SMALL)
    for second in range(1, 6):
        buffer.put_samples(samples(60, second=second))
    assert buffer.dropped == {"change": 0, "sample": 240, "second": 6}
    assert {one.second for one in buffer.take().seconds} == {3, 4}


def test_telemetry_yields_before_a_change_is_lost() -> None:
    buffer = Buffer(SMALL)
    buffer.put_samples(samples(40))
    buffer.put_changes([change(n) for n in range(14)])
    batch = buffer.take()
    assert (len(batch.changes), len(batch.samples)) == (14, 0)
    assert buffer.dropped["change"] == 0
    assert buffer.dropped["sample"] == 40


def test_lost_changes_are_the_oldest_and_are_counted() -> None:
    buffer = Buffer(SMALL)
    buffer.put_changes([change(n) for n in range(40)])
    kept = [one.control_id for one in buffer.take().changes]
    assert buffer.dropped["change"] == 40 - len(kept)
    assert kept == list(range(40 - len(kept), 40))


def test_a_large_backlog_is_taken_in_pieces() -> None:
    buffer = Buffer()
    buffer.put_changes([change(n) for n in range(BATCH_CHANGES + 5)])
    assert len(buffer.take().changes) == BATCH_CHANGES
    assert len(buffer.take().changes) == 5


def test_the_writer_is_woken_when_much_waits() -> None:
    buffer = Buffer(wake_rows=2)
    buffer.put_changes([change(1)])
    assert not buffer.wanted.is_set()
    buffer.put_changes([change(2)])
    assert buffer.wanted.is_set()
    buffer.take()
    assert not buffer.wanted.is_set()


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=40))
def test_everything_is_taken_or_counted(puts: list[tuple[bool, int]]) -> None:
    buffer, changes, raw = Buffer(SMALL), 0, 0
    for is_change, count in puts:
        if is_change:
            changes += count
            buffer.put_changes([change(n) for n in range(count)])
        else:
            raw += count
            buffer.put_samples(samples(count))
    batch = buffer.take()
    assert len(batch.changes) + buffer.dropped["change"] == changes
    assert sum(map(len, batch.samples)) + buffer.dropped["sample"] == raw
    assert sum(map(len, batch.samples)) <= SMALL.samples
    assert len(batch.seconds) <= SMALL.seconds
