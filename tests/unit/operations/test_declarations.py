"""An operation that cannot be right is refused when it is declared."""

from typing import Any

import pytest
from pydantic import BaseModel

from apps.kernel.actor import anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.operations import catalogue as catalogue_module
from apps.operations.catalogue import Catalogue, installed
from apps.operations.core import (
    Danger,
    DeclarationError,
    Face,
    Mode,
    Operation,
    Repeat,
    Schema,
    weight_of,
)
from apps.operations.outcome import Outcome, Plan
from tests.support import factories


class Nothing(Schema):
    """Nothing."""


class Loose(BaseModel):
    """Takes anything."""


def handler(ctx: Any, data: Any) -> Nothing:
    return Nothing()


def plan(ctx: Any, data: Any) -> Plan:
    return Plan()


def settle(ctx: Any, data: Any, intent: Any) -> Outcome | None:
    return None


def declared(**changes: Any) -> Operation[Any, Any]:
    fields: dict[str, Any] = {
        "name": "test.thing.do",
        "summary": "Do a thing.",
        "input": Nothing,
        "output": Nothing,
        "handler": handler,
        "permission": "fleet.operate",
        "danger": Danger.CHANGE,
        "repeat": Repeat.NATURAL,
        "faces": frozenset({Face.REST}),
    }
    return Operation(**{**fields, **changes})


IMPOSSIBLE: dict[str, dict[str, Any]] = {
    "one part": {"name": "thing"},
    "four parts": {"name": "a.b.c.d"},
    "capitals": {"name": "Test.thing.do"},
    "empty alias": {"aliases": ("",)},
    "alias with a space": {"aliases": ("do it",)},
    "no full stop": {"summary": "Do a thing"},
    "not a permission": {"permission": "fleet"},
    "unknown level": {"permission": "fleet.own"},
    "no face": {"faces": frozenset()},
    "disruptive without plan": {"danger": Danger.DISRUPTIVE},
    "destructive without plan": {"danger": Danger.DESTRUCTIVE},
    "carries without plan": {"raised": lambda actor, data: Danger.READ},
    "device change without settle": {"device": True},
    "reading job": {"danger": Danger.READ, "mode": Mode.JOB},
    "pure change": {"pure": True},
    "pure device read": {"pure": True, "danger": Danger.READ, "device": True},
    "pure read with targets": {
        "pure": True,
        "danger": Danger.READ,
        "targets": lambda actor, data: (),
    },
    "loose input": {"input": Loose},
    "waiting change": {"waits": True},
    "waiting for no job": {"waits": True, "danger": Danger.READ},
}


@pytest.mark.parametrize("changes", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_combination_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match=":"):
        declared(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "system.ping"},
        {"danger": Danger.DISRUPTIVE, "plan": plan},
        {"danger": Danger.CHANGE, "device": True, "settle": settle},
        {"danger": Danger.READ, "device": True},
        {"danger": Danger.READ, "pure": True},
        {"mode": Mode.JOB},
    ],
)
def test_possible_combination_is_taken(changes: dict[str, Any]) -> None:
    assert declared(**changes).handler is handler


@pytest.mark.parametrize("danger", list(Danger))
def test_weight_grows_with_danger(danger: Danger) -> None:
    assert declared(danger=danger, plan=plan).weight == weight_of(danger)
    assert [weight_of(danger) for danger in Danger] == [1, 2, 5, 5]


def test_carried_danger_never_lowers_the_declared_one() -> None:
    low = declared(plan=plan, raised=lambda actor, data: Danger.READ)
    high = declared(plan=plan, raised=lambda actor, data: Danger.DESTRUCTIVE)
    actor = anonymous_actor()
    assert low.danger_for(actor, Nothing()) is Danger.CHANGE
    assert high.danger_for(actor, Nothing()) is Danger.DESTRUCTIVE
    assert declared().app == "test"


@pytest.mark.parametrize(
    "second",
    [
        declared(),
        declared(name="test.other.do", aliases=("test.thing.do",)),
        declared(name="test.other.do", aliases=("do_thing",)),
    ],
)
def test_taken_name_is_refused(second: Operation[Any, Any]) -> None:
    catalogue = Catalogue()
    catalogue.add([declared(aliases=("do_thing",))])
    with pytest.raises(DeclarationError, match="taken"):
        catalogue.add([second])


def test_closed_catalogue_takes_nothing_more() -> None:
    catalogue = Catalogue().freeze()
    with pytest.raises(DeclarationError, match="closed"):
        catalogue.add([declared()])


def test_alias_leads_to_the_operation_and_is_not_listed() -> None:
    catalogue = Catalogue()
    catalogue.add([declared(aliases=("do_thing",))])
    assert catalogue.get("do_thing").name == "test.thing.do"
    assert "do_thing" in catalogue
    assert [operation.name for operation in catalogue] == ["test.thing.do"]
    assert len(catalogue) == 1


def test_unknown_name_is_not_found_and_names_no_other() -> None:
    catalogue = Catalogue()
    catalogue.add([declared()])
    with pytest.raises(Failure) as caught:
        catalogue.get("test.thing.dp")
    assert caught.value.code is Code.NOT_FOUND
    assert "test.thing.do" not in caught.value.detail


def test_list_holds_what_the_actor_may_through_the_face(db: None) -> None:
    catalogue = Catalogue()
    catalogue.add(
        [
            declared(),
            declared(name="test.hidden.do", faces=frozenset({Face.CONSOLE})),
            declared(name="test.open.do", permission="fleet.view"),
        ]
    )
    viewer = factories.actor_of("viewer")
    assert [one.name for one in catalogue.visible_to(viewer, Face.REST)] == ["test.open.do"]
    assert catalogue.visible_to(viewer, Face.MCP) == []


def test_nothing_installed_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_module, "_installed", [])
    with pytest.raises(RuntimeError, match="no catalogue"):
        installed()
