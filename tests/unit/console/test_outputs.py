"""Outputs read as words and tables, progress as steps or devices, and held lines as steps."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from apps.console.families.cores import held
from apps.console.outputs import MOST_ROWS, Part, parts_of
from apps.console.templatetags.console import duration, readable
from apps.console.views.jobs import bar

MINERS = [
    {"name": "Miner 01", "watts": 3068, "last_seen": "2026-01-02T03:04:05Z", "note": ""},
    {"name": "Miner 02", "watts": None, "tags": ["a", "b"], "note": None},
]


def shown(output: dict) -> str:
    return "".join(
        render_to_string("console/_part.html", {"part": one}) for one in parts_of(output)
    )


def test_plain_values_come_first_as_pairs() -> None:
    first, second = parts_of({"nested": {"deep_value": 1}, "is_on": True, "tags": ["a"]})
    assert first == Part("", "pairs", pairs=(("is on", True), ("tags", ["a"])))
    assert second == Part("nested", "pairs", pairs=(("deep value", 1),))


def test_a_list_of_objects_is_a_table_without_empty_columns() -> None:
    (table,) = parts_of({"miners": MINERS})
    assert table.columns == ("name", "watts", "last seen", "tags")
    assert table.rows[1] == ("Miner 02", None, None, ["a", "b"])
    page = shown({"miners": MINERS})
    assert "<th>watts</th>" in page
    assert "<td>a, b</td>" in page
    assert 'title="2026-01-02 03:04:05 UTC"' in page
    assert "note" not in page


def test_a_long_list_says_how_much_of_it_is_shown() -> None:
    (table,) = parts_of({"rows": [{"number": number} for number in range(MOST_ROWS + 5)]})
    assert len(table.rows) == MOST_ROWS
    page = shown({"rows": [{"number": number} for number in range(MOST_ROWS + 5)]})
    assert f"The first {MOST_ROWS} of {MOST_ROWS + 5}." in page


def test_what_fits_no_shape_is_shown_as_it_is() -> None:
    (part,) = parts_of({"odd": [1, {"a": [2]}]})
    assert part.kind == "json"
    assert "&quot;a&quot;" in shown({"odd": [1, {"a": [2]}]})


def test_text_of_a_device_cannot_become_markup() -> None:
    page = shown({"said": "<script>alert(1)</script>", "rows": [{"x": "<b>bold</b>"}]})
    assert "<script>" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "—"),
        ("", "—"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (1.23456, "1.235"),
        ([1, 2], "1, 2"),
    ],
)
def test_values_read_as_words(value: object, words: str) -> None:
    assert readable(value) == words


@pytest.mark.parametrize(("seconds", "words"), [(59, "59 s"), (7_300, "2 h"), (200_000, "2 d")])
def test_durations_read_in_their_largest_unit(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("state", "done", "tones"),
    [
        ("running", 0, ["rest"]),
        ("waiting", 3, ["run", "rest"]),
        ("succeeded", 6, ["ok"]),
        ("failed", 2, ["fail", "rest"]),
    ],
)
def test_a_job_on_one_device_shows_its_steps(state: str, done: int, tones: list[str]) -> None:
    job = SimpleNamespace(state=state, done=done, total=6)
    parts = bar(job, [SimpleNamespace(state="rebooting")])
    assert [part["tone"] for part in parts] == tones
    assert sum(part["width"] for part in parts) == pytest.approx(100)


def test_a_job_on_several_devices_counts_them() -> None:
    targets = [SimpleNamespace(state=state) for state in ("succeeded", "failed", "queued", "sent")]
    parts = bar(SimpleNamespace(state="running", done=1, total=4), targets)
    assert {part["word"]: part["count"] for part in parts} == {
        "done": 1,
        "failed": 1,
        "running": 1,
        "waiting": 1,
    }


MOMENTS = st.lists(st.integers(0, 100), min_size=1, unique=True).map(sorted)


@given(changes=MOMENTS, times=MOMENTS)
def test_a_held_line_has_at_each_instant_the_newest_value_before_it(
    changes: list[int], times: list[int]
) -> None:
    points = [(float(moment), float(moment)) for moment in changes]
    line = held(-1.0, points, tuple(float(one) for one in times))
    for moment, value in zip(times, line, strict=True):
        assert value == max([one for one in changes if one <= moment], default=-1.0)
