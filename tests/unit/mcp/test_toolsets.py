"""Which tools are listed where, and how much a list costs whoever reads it."""

import json
from math import ceil
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kernel.actor import EVERYTHING, Actor, ActorKind, Right, anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.mcp import trio
from apps.mcp.tools import book
from apps.mcp.toolsets import DEFAULT, GROUPS, HEADER, READONLY, Toolset, names, toolset_of
from apps.mcp.visit import Visit, visit_of
from apps.operations.catalogue import installed
from apps.operations.core import Face
from tests.support import verbs
from tests.unit.mcp.asking import ask, call
from tests.unit.mcp.conftest import KeyOf

#: Bytes of compact JSON for one token. Tokenisers of today make one of 3.5 to 4.5 bytes of such
#: text, so this says rather too many.
BYTES_A_TOKEN: Final = 3
#: What a model reads of a list: names, descriptions and arguments.
READ_MOST: Final = {
    DEFAULT: 4_500,
    "qsys": 10_000,
    "qsys-more": 10_000,
    "miners": 4_000,
    "miners-setup": 5_500,
    "miners-more": 4_000,
    "miners-power": 4_000,
    "fleet": 4_000,
    "alerts": 2_500,
    "work": 5_000,
}
#: The whole list, with the schemas of answers, which most clients keep to themselves.
WHOLE_MOST: Final = {
    DEFAULT: 14_000,
    "qsys": 27_000,
    "qsys-more": 27_000,
    "miners": 10_500,
    "miners-setup": 15_500,
    "miners-more": 12_000,
    "miners-power": 13_000,
    "fleet": 13_500,
    "alerts": 7_000,
    "work": 13_000,
}
LISTED_MOST: Final = 20


async def unheard(message: Any) -> None:
    """Nobody listens."""


def visit(path: str = "/mcp", header: str = "") -> Visit:
    headers = [(HEADER.encode(), header.encode("latin-1"))] if header else []
    return visit_of({"type": "http", "path": path, "headers": headers}, unheard)


def somebody(*permissions: str) -> Actor:
    right = Right(frozenset(permissions)) if permissions else EVERYTHING
    return Actor(ActorKind.AGENT, new_id(), new_id(), "robot", layers=((right,),))


def tokens(found: Any) -> int:
    """How many tokens `found` costs at most."""
    return ceil(len(json.dumps(found, separators=(",", ":")).encode()) / BYTES_A_TOKEN)


def listed(name: str, *, readonly: bool = False) -> list[dict[str, Any]]:
    toolset = Toolset(frozenset({name}), readonly)
    return [
        tool.model_dump(mode="json", by_alias=True, exclude_none=True)
        for tool in book().offered(somebody(), toolset)
    ]


@pytest.mark.parametrize(
    ("path", "header", "wanted"),
    [
        ("/mcp", "", Toolset()),
        ("/mcp/", "", Toolset()),
        ("/mcp/qsys", "", Toolset(frozenset({"qsys"}))),
        ("/mcp/readonly", "", Toolset(readonly=True)),
        ("/mcp/qsys/readonly", "", Toolset(frozenset({"qsys"}), readonly=True)),
        ("/mcp", "qsys, Miners", Toolset(frozenset({"qsys", "miners"}))),
        ("/mcp/qsys", "readonly", Toolset(frozenset({"qsys"}), readonly=True)),
        ("/mcp/all", ",", Toolset(frozenset({"all"}))),
    ],
)
def test_a_set_is_asked_for_by_address_or_header(path: str, header: str, wanted: Toolset) -> None:
    assert toolset_of(visit(path, header)) == wanted


@given(st.text(st.characters(codec="latin-1"), min_size=1, max_size=80))
def test_no_word_but_those_of_the_table_is_a_set(header: str) -> None:
    words = {word.strip() for word in header.lower().split(",")} - {""}
    if words <= set(names()):
        assert toolset_of(visit(header=header)).names <= set(GROUPS)
        return
    with pytest.raises(Failure) as refused:
        toolset_of(visit(header=header))
    assert refused.value.code is Code.NOT_FOUND


def test_a_wrong_set_is_told_which_there_are(key_of: KeyOf) -> None:
    reply = ask(key_of(), "tools/list", headers={HEADER: "mners"})
    assert reply.status == 404
    assert "Did you mean 'miners'?" in reply.error["message"]
    assert all(name in reply.error["message"] for name in names())


def test_every_set_names_operations_that_assistants_have() -> None:
    offered = {one.name for one in installed() if Face.MCP in one.faces}
    for name, group in GROUPS.items():
        assert group.operations <= offered, name
        assert group.summary.endswith(".")


def test_the_default_list_is_short_and_ends_with_the_three() -> None:
    found = [tool["name"] for tool in listed(DEFAULT)]
    assert len(found) <= LISTED_MOST
    assert set(found[-3:]) == trio.NAMES
    assert found[:-3] == sorted(found[:-3])
    assert len(found[:-3]) == len(GROUPS[DEFAULT].operations)


def test_every_tool_for_miners_is_in_one_short_list() -> None:
    names = ("miners", "miners-setup", "miners-more", "miners-power")
    lists = [{o for o in GROUPS[name].operations if o.startswith("miners.")} for name in names]
    all_of_them = {o.name for o in installed() if o.app == "miners" and Face.MCP in o.faces}
    assert set().union(*lists) == all_of_them
    assert sum(map(len, lists)) == len(all_of_them)
    assert max(len(listed(name)) for name in names) <= LISTED_MOST


@pytest.mark.parametrize("name", sorted(READ_MOST))
def test_a_list_costs_no_more_tokens_than_it_may(name: str) -> None:
    assert set(READ_MOST) == set(WHOLE_MOST) == set(GROUPS) - {"all"}
    found = listed(name)
    read = [[tool["name"], tool["description"], tool["inputSchema"]] for tool in found]
    assert tokens(read) <= READ_MOST[name]
    assert tokens(found) <= WHOLE_MOST[name]


def test_what_is_rarely_done_with_cores_is_in_one_of_their_two_sets() -> None:
    daily, rare = ({tool["name"] for tool in listed(name)} for name in ("qsys", "qsys-more"))
    every = {tool["name"] for tool in listed("all")}
    assert {name for name in every if name.startswith("qsys_")} <= daily | rare
    assert not any(name.startswith("qsys_") for name in daily & rare)


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_readonly_keeps_what_changes_nothing(name: str) -> None:
    found = listed(name, readonly=True)
    assert all(tool["annotations"]["readOnlyHint"] for tool in found)
    assert {tool["name"] for tool in found} <= {tool["name"] for tool in listed(name)}


def test_all_lists_all_that_rights_allow() -> None:
    actor = somebody("qsys.view", "system.view")
    found = {tool.name for tool in book().offered(actor, Toolset(frozenset({"all"})))}
    may = {one.tool.name for one in book() if actor.may(one.operation.permission)}
    assert found == may | trio.NAMES


def test_the_anonymous_have_no_way_to_the_others() -> None:
    found = {tool.name for tool in book().offered(anonymous_actor(), Toolset())}
    assert found == {"system_health", "system_ping"}


def test_the_address_decides_what_is_listed(key_of: KeyOf) -> None:
    key = key_of()
    default = {tool["name"] for tool in ask(key, "tools/list").result["tools"]}
    work = ask(key, "tools/list", headers={HEADER: "work"}).result["tools"]
    assert "jobs_schedule_preview" not in default
    assert "jobs_schedule_preview" in {tool["name"] for tool in work}


def test_a_tool_that_is_not_listed_can_still_be_called(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    names_ = {tool["name"] for tool in ask(key, "tools/list").result["tools"]}
    assert "test_note_write" not in names_
    assert call(key, "test_note_write", {"text": "a"}).content["status"] == "ok"


def test_readonly_refuses_what_changes_as_if_it_were_not_there(
    key_of: KeyOf, world: verbs.World
) -> None:
    key, only = key_of(), {HEADER: READONLY}
    assert call(key, "test_note_read", headers=only).content["status"] == "ok"
    world.done.clear()
    direct = call(key, "test_note_write", {"text": "a"}, headers=only)
    carried = call(key, "tools_run", {"tool": "test_note_write"}, headers=only)
    assert direct.error["code"] == -32602
    assert carried.content["code"] == "not_found"
    assert world.done == []
