"""Input is read as strictly as JSON can say it, and every wrong field is named in plain words."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.core import Schema
from apps.operations.parsing import read


class Speed(StrEnum):
    SLOW = "slow"


class ParsingIn(Schema):
    on: bool = False
    count: int = Field(default=1, ge=1, le=5)
    ratio: float = 0.5
    name: str = "a"
    value: bool | float | None = None
    names: list[str] = []
    ports: dict[str, int] = {}
    number: UUID | None = None
    at: datetime | None = None
    speed: Speed | None = None
    mode: Literal["skip", "queue"] = "skip"
    secret: SecretStr | None = None


def refusal(**raw: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        read(ParsingIn, raw)
    assert caught.value.code is Code.INVALID
    return caught.value


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"on": "1"}, "on: cannot be text. Allowed: true or false."),
        ({"on": "true"}, "on: cannot be text. Allowed: true or false."),
        ({"on": 1}, "on: cannot be a number. Allowed: true or false."),
        ({"on": None}, "on: cannot be null. Allowed: true or false."),
        ({"count": "1"}, "count: cannot be text. Allowed: a whole number from 1 to 5."),
        ({"count": True}, "count: cannot be true or false. Allowed: a whole number from 1 to 5."),
        ({"count": 1.5}, "count: is not a whole number. Allowed: a whole number from 1 to 5."),
        ({"ratio": "0.5"}, "ratio: cannot be text. Allowed: a number."),
        ({"ratio": True}, "ratio: cannot be true or false. Allowed: a number."),
        ({"ratio": float("nan")}, "ratio: cannot be text. Allowed: a number."),
        ({"name": 1}, "name: cannot be a number. Allowed: text."),
        ({"value": "-12.5"}, "value: cannot be text. Allowed: true or false or a number."),
        ({"value": [1]}, "value: cannot be a list. Allowed: true or false or a number."),
        ({"names": "a"}, "names: cannot be text. Allowed: a list."),
        ({"names": [1]}, "names.0: cannot be a number. Allowed: text."),
        ({"ports": []}, "ports: cannot be a list. Allowed: an object."),
        ({"ports": {"qrc": "1710"}}, "ports.qrc: cannot be text. Allowed: a whole number."),
    ],
)
def test_a_wrong_type_is_named_and_never_guessed(raw: dict[str, Any], words: str) -> None:
    failure = refusal(**raw)
    assert failure.detail == words
    assert len(failure.errors) == 1


def test_what_json_has_no_word_for_is_read_from_text() -> None:
    number = new_id()
    made = read(
        ParsingIn,
        {
            "number": str(number),
            "at": "2026-11-20T08:00:00Z",
            "speed": "slow",
            "mode": "queue",
            "secret": "hush",
        },
    )
    assert (made.number, made.speed, made.mode) == (number, Speed.SLOW, "queue")
    assert made.at is not None
    assert made.at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert made.secret is not None
    assert made.secret.get_secret_value() == "hush"


def test_ids_and_times_of_our_own_code_are_read_as_well() -> None:
    number = new_id()
    assert read(ParsingIn, {"number": number}).number == number


def test_a_whole_number_is_a_number() -> None:
    made = read(ParsingIn, {"ratio": 2, "value": 1})
    assert (made.ratio, made.value) == (2.0, 1.0)
    assert made.value is not True


def test_true_stays_true() -> None:
    assert read(ParsingIn, {"value": True}).value is True


def test_several_wrong_fields_are_all_told() -> None:
    failure = refusal(on="1", count=9, nmae="x")
    assert {error.path for error in failure.errors} == {"on", "count", "nmae"}
    assert failure.detail.endswith("(and 2 more)")
    by_path = {error.path: error for error in failure.errors}
    assert by_path["count"].allowed == "a whole number from 1 to 5"
    assert "'name'" in by_path["nmae"].message
    assert "count, mode, name" in str(by_path["nmae"].allowed)


def test_what_is_missing_is_said() -> None:
    class ParsingNeedIn(Schema):
        watts: int

    with pytest.raises(Failure) as caught:
        read(ParsingNeedIn, {})
    assert caught.value.detail == "watts: is needed. Allowed: a whole number."


def test_text_that_is_no_unicode_is_refused() -> None:
    assert "not JSON" in refusal(name="\ud800").detail


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text()


@given(st.dictionaries(st.sampled_from(["on", "count", "ratio", "name", "value"]), SCALARS))
def test_nothing_changes_its_type_on_the_way(raw: dict[str, Any]) -> None:
    try:
        made = read(ParsingIn, raw)
    except Failure:
        return
    for name, value in raw.items():
        found = getattr(made, name)
        assert found == value
        assert isinstance(found, bool) == isinstance(value, bool)
        assert isinstance(found, str) == isinstance(value, str)


def test_what_was_read_is_read_again_from_its_own_json() -> None:
    made = read(ParsingIn, {"number": str(new_id()), "value": 1, "ports": {"qrc": 1710}})
    assert read(ParsingIn, orjson.loads(made.model_dump_json())) == made


def test_a_large_bound_is_told_in_digits() -> None:
    class Large(Schema):
        watts: int = Field(ge=1, le=10_000_000)

    with pytest.raises(Failure) as caught:
        read(Large, {"watts": 0})
    assert caught.value.errors[0].allowed == "a whole number from 1 to 10000000"
