"""What holding one permission allows."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.actor import (
    Actor,
    ActorKind,
    Right,
    anonymous_actor,
    system_actor,
)
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.permissions import (
    APPROVE,
    LEVELS,
    any_covers,
    covers,
    is_permission,
    scope_for,
    scope_permissions,
)

apps = st.sampled_from(["fleet", "qsys", "miners"])
levels = st.sampled_from(LEVELS)
any_level = st.sampled_from([*LEVELS, APPROVE])
paths = st.lists(st.sampled_from(["a", "b", "ab"]), max_size=3).map(
    lambda parts: "/" + "".join(f"{part}/" for part in parts)
)


@given(apps, levels, levels)
def test_level_includes_those_below(app: str, held: str, wanted: str) -> None:
    expected = LEVELS.index(held) >= LEVELS.index(wanted)
    assert covers(f"{app}.{held}", f"{app}.{wanted}") is expected
    assert covers(f"*.{held}", f"{app}.{wanted}") is expected


@given(apps, levels)
def test_approving_stands_apart(app: str, level: str) -> None:
    assert not covers(f"{app}.{level}", f"{app}.approve")
    assert not covers(f"{app}.approve", f"{app}.{level}")
    assert covers("*.approve", f"{app}.approve")


@given(apps, apps, any_level)
def test_one_app_is_not_another(held: str, wanted: str, level: str) -> None:
    assert covers(f"{held}.{level}", f"{wanted}.{level}") is (held == wanted)
    assert not covers(f"{held}.{level}", f"*.{level}")


@given(st.lists(st.tuples(apps, any_level)), apps, any_level)
def test_holding_more_never_allows_less(held: list[tuple[str, str]], app: str, level: str) -> None:
    names = [f"{a}.{b}" for a, b in held]
    wanted = f"{app}.{level}"
    assert any_covers(names, wanted) <= any_covers([*names, "qsys.view"], wanted)
    assert any_covers([*names, wanted], wanted)


@pytest.mark.parametrize("text", ["", ".", "fleet", "fleet.", ".view", "fleet.own", "fleet.view.x"])
def test_what_is_no_permission(text: str) -> None:
    assert not is_permission(text)


def test_scopes_stand_for_permissions() -> None:
    assert scope_permissions(["fleet:read"]) == {"*.view"}
    assert scope_permissions(["fleet:write", "qsys.view"]) == {"*.configure", "qsys.view"}
    assert scope_permissions(["fleet:dangerous", "nonsense"]) == frozenset()


def actor(*layers: tuple[Right, ...], scopes: frozenset[str] | None = None) -> Actor:
    return Actor(ActorKind.USER, new_id(), new_id(), "ada", layers, scopes)


@given(paths, paths)
def test_right_reaches_its_place_and_below(held: str, wanted: str) -> None:
    one = actor((Right(frozenset({"fleet.operate"}), held),))
    assert one.may_at("fleet.view", wanted) is wanted.startswith(held)
    assert one.may("fleet.view")
    assert not one.may_at("fleet.configure", wanted)


@given(paths, paths, paths)
def test_every_layer_has_to_allow(person: str, agent: str, wanted: str) -> None:
    right = frozenset({"fleet.operate"})
    both = actor((Right(right, person),), (Right(right, agent),))
    expected = wanted.startswith(person) and wanted.startswith(agent)
    assert both.may_at("fleet.operate", wanted) is expected


def test_devices_are_reached_one_by_one() -> None:
    mine, other = new_id(), new_id()
    one = actor((Right(frozenset({"fleet.view"}), None, frozenset({mine})),))
    assert one.may_at("fleet.view", "/plant/", mine)
    assert not one.may_at("fleet.view", "/plant/", other)
    assert not one.may_at("fleet.view", "/plant/")
    assert not one.may_everywhere("fleet.view")


@given(st.sampled_from(["fleet:read", "fleet:write", "qsys.view"]), apps, levels)
def test_scopes_only_narrow(scope: str, app: str, level: str) -> None:
    everything = (Right(frozenset({"*.administer", "*.approve"})),)
    narrow = actor(everything, scopes=frozenset({scope}))
    wanted = f"{app}.{level}"
    assert narrow.may(wanted) is any_covers(scope_permissions([scope]), wanted)
    assert not actor((), scopes=frozenset({"admin"})).may(wanted)


@pytest.mark.parametrize(
    ("scopes", "dangerous"),
    [
        (None, True),
        (frozenset(), False),
        (frozenset({"fleet:write"}), False),
        (frozenset({"fleet:write", "fleet:dangerous"}), True),
        (frozenset({"admin"}), True),
    ],
)
def test_danger_needs_its_own_scope(scopes: frozenset[str] | None, dangerous: bool) -> None:
    assert actor(scopes=scopes).in_dangerous_scope() is dangerous


def test_named_actors_of_the_plane() -> None:
    tenant = new_id()
    system = system_actor("tick", tenant_id=tenant)
    assert (system.label, system.tenant) == ("system:tick", tenant)
    assert system.may_everywhere("miners.administer")
    assert system.may_everywhere("miners.approve")
    nobody = anonymous_actor()
    assert not nobody.may("system.view")
    with pytest.raises(Failure) as caught:
        _ = nobody.tenant
    assert caught.value.code is Code.FORBIDDEN


def test_person_behind_an_agent() -> None:
    person = UUID(int=7)
    agent = Actor(ActorKind.AGENT, new_id(), new_id(), "bot", acts_for=person)
    assert agent.person_id == person
    assert actor().person_id != person


@given(apps, any_level)
def test_the_scope_asked_for_reaches_the_permission(app: str, level: str) -> None:
    permission = f"{app}.{level}"
    assert any_covers(scope_permissions([scope_for(permission)]), permission)


def holder(scopes: set[str] | None, *, steps_up: bool) -> Actor:
    rights = ((Right(frozenset({"*.operate"})),),)
    found = None if scopes is None else frozenset(scopes)
    return Actor(ActorKind.AGENT, new_id(), new_id(), "a", rights, scopes=found, steps_up=steps_up)


@pytest.mark.parametrize(
    ("scopes", "dangerous", "missing"),
    [
        ({"fleet:read"}, False, ("fleet:write",)),
        ({"fleet:read"}, True, ("fleet:write", "fleet:dangerous")),
        ({"fleet:write"}, True, ("fleet:dangerous",)),
        ({"fleet:dangerous"}, True, ("fleet:write",)),
        ({"fleet:write", "fleet:dangerous"}, True, ()),
        ({"admin"}, True, ()),
        (set(), False, ("fleet:write",)),
        (None, True, ()),
    ],
)
def test_missing_scopes_are_those_that_would_open_it(
    scopes: set[str] | None, dangerous: bool, missing: tuple[str, ...]
) -> None:
    actor = holder(scopes, steps_up=True)
    assert actor.scopes_missing("qsys.operate", dangerous=dangerous) == missing
    wider = holder({*(scopes or ()), *missing} if scopes is not None else None, steps_up=True)
    assert wider.may("qsys.operate")
    assert wider.in_dangerous_scope() or not dangerous


def test_only_what_is_held_can_be_asked_for() -> None:
    stepping, fixed = (holder({"fleet:read"}, steps_up=up) for up in (True, False))
    assert stepping.may_ask("qsys.operate")
    assert not fixed.may_ask("qsys.operate")
    assert not stepping.may_ask("qsys.configure")
    assert not stepping.may("qsys.operate")
