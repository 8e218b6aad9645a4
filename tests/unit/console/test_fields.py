"""From an input model to a form and back: every JSON type has its widget, and nothing is lost."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field, SecretStr

from apps.console.fields import fields_of
from apps.console.forms import entered, literal, prefilled, raw_input, refilled
from apps.kernel.errors import Failure, invalid
from apps.operations.catalogue import installed
from apps.operations.core import Face
from apps.operations.parsing import read
from tests.unit.console.trials import Speed, TrialPoint


class Everything(BaseModel):
    name: str = Field(min_length=1, max_length=9, pattern="^[a-z]+$", description="Its name.")
    count: int = Field(ge=1, le=5)
    ratio: float = 0.5
    on: bool = False
    maybe: bool | None = None
    speed: Speed = Speed.SLOW
    mode: Literal["a", "b"] | None = None
    only: Literal["x"] = "x"
    secret: SecretStr | None = None
    ids: list[UUID] = []
    points: list[TrialPoint] = []
    extra: dict[str, Any] = {}
    value: float | str | None = None
    point: TrialPoint | None = None
    short: Annotated[str, Field(max_length=3)] | None = None
    since: AwareDatetime | None = None
    zones: list[Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=1)]] = []


def widgets() -> dict[str, str]:
    return {one.name: one.widget for one in fields_of(Everything)}


def test_every_type_has_its_widget() -> None:
    assert widgets() == {
        "name": "text",
        "count": "number",
        "ratio": "number",
        "on": "checkbox",
        "maybe": "choice",
        "speed": "choice",
        "mode": "choice",
        "only": "choice",
        "secret": "password",
        "ids": "lines",
        "points": "json",
        "extra": "json",
        "value": "literal",
        "point": "json",
        "short": "text",
        "since": "moment",
        "zones": "lines",
    }


def test_limits_defaults_and_help_are_taken_over() -> None:
    fields = {one.name: one for one in fields_of(Everything)}
    assert fields["name"].required
    assert fields["name"].help == "Its name."
    assert fields["name"].attributes == {"minlength": 1, "maxlength": 9, "pattern": "^[a-z]+$"}
    assert fields["count"].attributes == {"min": 1, "max": 5, "step": 1}
    assert fields["ratio"].attributes["step"] == "any"
    assert fields["short"].attributes == {"maxlength": 3}
    assert fields["speed"].options == (("slow", "slow"), ("fast", "fast"))
    assert (fields["speed"].value, fields["ratio"].value) == ("slow", 0.5)
    assert [value for value, _ in fields["maybe"].options] == ["true", "false"]


def sent(**fields: str) -> dict[str, Any]:
    post = QueryDict(mutable=True)
    for name, value in fields.items():
        post[f"in.{name}"] = value
    return raw_input(fields_of(Everything), post)


def test_what_is_entered_passes_the_model() -> None:
    raw = sent(
        name="core",
        count="3",
        on="on",
        maybe="false",
        mode="b",
        secret="hush",
        ids="0199a7c0-0000-7000-8000-000000000001\n\n0199a7c0-0000-7000-8000-000000000002",
        points='[{"x": 1}]',
        value="-12.5",
    )
    made = read(Everything, raw)
    assert (made.count, made.on, made.maybe, made.mode) == (3, True, False, "b")
    assert (len(made.ids), made.points, made.value) == (2, [TrialPoint(x=1)], -12.5)


def test_an_instant_is_of_the_readers_own_zone() -> None:
    with timezone.override("Europe/Vienna"):
        made = read(Everything, sent(name="a", count="3", since="2026-07-01T20:14:05"))
        (shown,) = (
            one.value
            for one in prefilled(fields_of(Everything), {"since": "2026-07-01T18:14:05Z"})
            if one.name == "since"
        )
    assert made.since == datetime(2026, 7, 1, 18, 14, 5, tzinfo=UTC)
    assert shown == "2026-07-01T20:14:05"
    with pytest.raises(Failure) as caught:
        sent(since="tonight")
    assert caught.value.errors[0].path == "since"


def test_lines_that_may_be_numbers_are_and_ticks_are_lines() -> None:
    post = QueryDict("in.zones=3&in.zones=Lobby&in.zones=12%0A7")
    assert raw_input(fields_of(Everything), post)["zones"] == [3, "Lobby", 12, 7]
    assert sent(ids="3")["ids"] == ["3"], "an id stays a text"


def test_what_is_left_empty_keeps_its_default() -> None:
    assert sent(ratio="", points="", name="a", count="") == {"name": "a", "on": False}


def test_an_empty_required_text_is_sent_so_that_it_is_refused() -> None:
    assert sent()["name"] == ""


@pytest.mark.parametrize("field", ["points", "extra", "point"])
def test_what_is_no_json_is_refused_with_its_field(field: str) -> None:
    with pytest.raises(Failure) as caught:
        sent(**{field: "{oops"})
    assert caught.value.errors[0].path == field


@pytest.mark.parametrize(
    ("text", "types", "value"),
    [
        ("-12.5", ("number", "string"), -12.5),
        ("true", ("number", "string"), "true"),
        ("true", ("boolean", "string"), True),
        ("5", ("boolean", "string"), "5"),
        ("5", ("integer",), 5),
        ("5.0", ("integer",), 5),
        ("+3e2", ("integer",), 300),
        ("5.5", ("integer",), "5.5"),
        (".5", ("number",), 0.5),
        ("7", ("number",), 7),
        ("many", ("integer",), "many"),
        ("1_000", ("integer",), "1_000"),
        ("٣", ("integer",), "٣"),
        ("nan", ("number",), "nan"),
        ("true", ("boolean",), True),
        ("1", ("boolean",), "1"),
        ("5", ("string",), "5"),
        ("-12.5dB", ("number", "string"), "-12.5dB"),
        ("[1]", ("number", "string"), "[1]"),
        ("null", ("number", "string"), "null"),
    ],
)
def test_a_literal_is_what_its_field_may_be(text: str, types: tuple[str, ...], value: Any) -> None:
    assert literal(text, types) == value


@given(st.integers(-(10**30), 10**30))
def test_a_whole_number_survives_its_form(number: int) -> None:
    assert literal(str(number), ("integer",)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_its_form(number: float) -> None:
    found = literal(repr(number), ("number",))
    assert found == number or abs(number) >= 1e100 or 0 < abs(number) < 1e-99


@given(st.text())
def test_a_literal_never_fails_and_never_leaves_its_types(text: str) -> None:
    assert isinstance(literal(text, ("number", "string")), int | float | str)


def test_every_operation_of_the_console_has_a_form(login) -> None:
    admin: Client = login("admin")
    names = [one.name for one in installed() if Face.CONSOLE in one.faces]
    wrong = [name for name in names if admin.get(f"/operations/{name}/").status_code != 200]
    assert len(names) > 5
    assert wrong == []


def test_several_values_from_an_address_stand_one_a_line_where_they_are_typed() -> None:
    (ids,) = (one for one in fields_of(Everything) if one.name == "ids")
    (filled,) = prefilled([ids], {"ids": ["a", "b"]})
    assert filled.value == "a\nb"
    assert prefilled([ids], {}) == [ids]
    chosen = ids.chosen_from((("a", "A"), ("b", "B"), ("c", "C")), several=True)
    (several,) = prefilled([chosen], {"ids": ["c", "b"]})
    assert several.value == ["c", "b"]
    assert [value for value, _ in several.options] == ["b", "c", "a"]


class TrialLogin(BaseModel):
    pin: SecretStr


class Hidden(BaseModel):
    secrets: dict[str, SecretStr] = {}
    logins: list[TrialLogin] = []
    points: list[TrialPoint] = []


def test_what_has_a_secret_anywhere_in_it_is_not_shown_again() -> None:
    said = {"in.secrets": '{"pin": "hush"}', "in.logins": '[{"pin": "hush"}]', "in.points": "[1"}
    post = QueryDict(urlencode(said))
    again = {one.name: one.value for one in refilled(fields_of(Hidden), post)}
    assert again == {"secrets": "", "logins": "", "points": "[1"}
    wrong = entered(fields_of(Hidden), post, invalid("secrets", "is wrong."))
    assert [one.value for one in wrong] == ["", "", "[1"]
    assert raw_input(fields_of(Hidden)[:1], post) == {"secrets": {"pin": "hush"}}
