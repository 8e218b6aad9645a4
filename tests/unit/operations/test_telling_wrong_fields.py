"""Of every wrong field: its path, what is wrong, what is allowed, and what was probably meant."""

from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, Field, SecretStr, field_validator

from apps.kernel.errors import Failure, FieldError
from apps.operations.core import Danger, Schema
from apps.operations.parsing import read


class Part(Schema):
    """A part of the lamp."""

    colour: Literal["red", "green", "blue"] = "red"


class LampIn(Schema):
    """One field of each kind."""

    name: str = Field(min_length=2, max_length=8)
    code: str | None = Field(default=None, pattern=r"^[a-z]+$")
    note: str = Field(default="", max_length=5)
    id: UUID | None = None
    at: AwareDatetime | None = None
    watts: int = Field(default=5, ge=1, le=500)
    least: int | None = Field(default=None, ge=0)
    ratio: float | None = Field(default=None, gt=0, lt=1)
    above: float | None = Field(default=None, gt=0, le=20)
    on: bool = True
    mode: Literal["auto", "manual"] | None = None
    danger: Danger | None = None
    parts: list[Part] = Field(default=[], max_length=2)
    names: list[str] = Field(default=["a"], min_length=1)
    ports: dict[str, int] = {}
    value: bool | float | None = None
    secret: SecretStr | None = None
    even: int = 0

    @field_validator("even")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("is odd; take an even number")
        return value


WHOLE = "a whole number from 1 to 500"
UUIDS = "an id such as 0199c2d4-7a31-7c55-9d0e-1f6b8a2c4e90"
TIMES = "a time with its zone, such as 2026-01-31T06:30:00Z"
FORM = "has the wrong form."

CASES: list[tuple[dict[str, Any], str, str, str | None]] = [
    ({"name": "x"}, "name", "is too short.", "text of 2 to 8 characters"),
    ({"name": "x" * 9}, "name", "is too long.", "text of 2 to 8 characters"),
    ({"name": 5}, "name", "cannot be a number.", "text of 2 to 8 characters"),
    ({"name": None}, "name", "cannot be null.", "text of 2 to 8 characters"),
    ({"code": "A1"}, "code", FORM, "text that matches ^[a-z]+$"),
    ({"note": "123456"}, "note", "is too long.", "text of up to 5 characters"),
    ({"id": "7"}, "id", FORM, UUIDS),
    ({"at": "soon"}, "at", FORM, TIMES),
    ({"at": "2026-01-31T06:30:00"}, "at", "lacks its time zone.", TIMES),
    ({"watts": 0}, "watts", "is too small.", WHOLE),
    ({"watts": 501}, "watts", "is too large.", WHOLE),
    ({"watts": 1.5}, "watts", "is not a whole number.", WHOLE),
    ({"watts": "many"}, "watts", "cannot be text.", WHOLE),
    ({"least": -1}, "least", "is too small.", "a whole number from 0"),
    ({"ratio": 1}, "ratio", "is too large.", "a number above 0 below 1"),
    ({"above": 0}, "above", "is too small.", "a number above 0 up to 20"),
    ({"on": "perhaps"}, "on", "cannot be text.", "true or false"),
    (
        {"mode": "manul"},
        "mode",
        "is not one of the values here. Did you mean 'manual'?",
        "auto, manual",
    ),
    ({"mode": 7}, "mode", "is not one of the values here.", "auto, manual"),
    ({"danger": 9}, "danger", "is not one of the values here.", "0, 1, 2, 3"),
    (
        {"parts": [{}, {"colour": "gren"}]},
        "parts.1.colour",
        "is not one of the values here. Did you mean 'green'?",
        "red, green, blue",
    ),
    ({"parts": [{}, {}, {}]}, "parts", "has too many items.", "a list of up to 2 items"),
    ({"parts": [3]}, "parts.0", "cannot be a number.", "an object with colour"),
    (
        {"parts": [{"color": "red"}]},
        "parts.0.color",
        "is not a field here. Did you mean 'colour'?",
        "colour",
    ),
    ({"names": []}, "names", "has too few items.", "a list of at least 1 items"),
    ({"names": "a"}, "names", "cannot be text.", "a list of at least 1 items"),
    ({"ports": {"http": "x"}}, "ports.http", "cannot be text.", "a whole number"),
    ({"ports": 3}, "ports", "cannot be a number.", "an object"),
    ({"value": "loud"}, "value", "cannot be text.", "true or false or a number"),
    ({"secret": 5}, "secret", "cannot be a number.", "text"),
    ({"even": 3}, "even", "is odd; take an even number.", "a whole number"),
    ({"nmae": "x"}, "nmae", "is not a field here. Did you mean 'name'?", None),
]


def errors_of(raw: Any) -> tuple[FieldError, ...]:
    with pytest.raises(Failure) as refused:
        read(LampIn, raw)
    return refused.value.errors


@pytest.mark.parametrize(("raw", "path", "message", "allowed"), CASES)
def test_a_wrong_field_is_told_in_our_words(
    raw: dict[str, Any], path: str, message: str, allowed: str | None
) -> None:
    (error,) = errors_of({"name": "lamp", **raw})
    assert (error.path, error.message) == (path, message)
    assert allowed is None or error.allowed == allowed


def test_an_unknown_field_is_told_all_there_are() -> None:
    (error,) = errors_of({"name": "lamp", "zzz": 1})
    assert error.message == "is not a field here."
    assert error.allowed == ", ".join(sorted(LampIn.model_fields))


def test_a_missing_field_is_named_with_what_it_takes() -> None:
    (error,) = errors_of({})
    assert error == FieldError("name", "is needed.", "text of 2 to 8 characters")


def test_the_sentence_names_the_first_and_counts_the_rest() -> None:
    with pytest.raises(Failure) as refused:
        read(LampIn, {"name": "lamp", "watts": 0, "on": "x", "note": "123456"})
    assert refused.value.detail.startswith("note: is too long. Allowed: text of up to 5")
    assert refused.value.detail.endswith("(and 2 more)")


@pytest.mark.parametrize(
    ("raw", "kind"), [(3, "a number"), ("text", "text"), ([1], "a list"), (None, "null")]
)
def test_what_is_no_object_is_no_input(raw: Any, kind: str) -> None:
    (error,) = errors_of(raw)
    assert error == FieldError("input", f"cannot be {kind}.", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*LampIn.model_fields, "zzz"]), JSON, max_size=6))
def test_whatever_is_wrong_has_a_path_and_a_sentence_once(raw: dict[str, Any]) -> None:
    with pytest.raises(Failure) as refused:
        read(LampIn, {**raw, "name": 1})
    errors = refused.value.errors
    paths = [error.path for error in errors]
    assert len(paths) == len(set(paths))
    assert {path.split(".")[0] for path in paths} <= {*LampIn.model_fields, "zzz"}
    assert all(error.message.endswith((".", "?")) for error in errors)
    assert "pydantic" not in refused.value.detail
