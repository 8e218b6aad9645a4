"""Rows that are packed at once arrive as they were; tallies count as observations do."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from apps.qsys.models import ControlEvent
from apps.qsys.telemetry import Batch, Origin
from apps.qsys.telemetry.metrics import EDGES, Tally
from apps.qsys.telemetry.rollup import rolled_up
from apps.qsys.telemetry.samples import Samples
from apps.qsys.telemetry.store import moment, store
from tests.unit.qsys.telemetry.made import PLACE, change, now_us

NUMBERS = st.none() | st.floats(allow_nan=False)
POSITIONS = st.none() | st.floats(0, 1, width=32)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
COLUMNS = (
    "at", "device_id", "control_id", "number", "previous", "position", "string",
    "previous_string", "cause", "actor", "call_id", "design_code",
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NUMBERS, NUMBERS, POSITIONS, TEXTS, st.none() | TEXTS, TEXTS, TEXTS, st.booleans())
def test_a_change_is_read_as_it_was_stored(
    number, previous, position, string, before, actor, code, called
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM qsys_change")
    origin = Origin("operation", actor, uuid4() if called else None)
    one = change(
        7, number=number, previous=previous, position=position, string=string,
        previous_string=before, design_code=code, origin=origin,
    )  # fmt: skip
    store(Batch(changes=[one]), [])
    near = None if position is None else pytest.approx(position, rel=1e-6)
    assert ControlEvent.objects.values_list(*COLUMNS).get() == (
        moment(one.at_us), PLACE.device_id, 7, number, previous, near, string, before,
        "operation", actor, origin.call_id, code,
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 4), st.floats(-100, 20, width=32)), min_size=1))
def test_figures_a_second_do_not_depend_on_the_order_of_controls(
    given_: list[tuple[int, float]],
) -> None:
    samples = Samples(PLACE.device_id, now_us() // 1_000_000)
    for number, (control, value) in enumerate(given_):
        samples.add(control, number, value)
    expected = {
        control: [value for one, value in given_ if one == control] for control, _ in given_
    }
    found = {one.control_id: one for one in rolled_up(samples)}
    assert found.keys() == expected.keys()
    for control, values in expected.items():
        one = found[control]
        assert (one.samples, one.minimum, one.maximum) == (len(values), min(values), max(values))
        assert (one.last, one.total) == (values[-1], sum(values))


@given(st.lists(st.floats(0, 10)))
def test_a_tally_counts_as_its_histogram_would(seconds: list[float]) -> None:
    both = []
    for name in ("one", "many"):
        registry = CollectorRegistry()
        both.append((registry, Histogram("x_seconds", name, buckets=EDGES, registry=registry)))
    tally = Tally(both[1][1])
    for one in seconds:
        both[0][1].observe(one)
        tally.note(one)
    tally.flush()
    tally.flush()
    first, second = (
        {
            (sample.name, *sample.labels.items()): sample.value
            for metric in registry.collect()
            for sample in metric.samples
            if not sample.name.endswith("_created")
        }
        for registry, _ in both
    )
    assert first == pytest.approx(second)
