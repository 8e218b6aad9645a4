"""Every tool of the reference Q-SYS server has a name here that answers to it."""

from __future__ import annotations

from typing import Final

from apps.kernel.actor import EVERYTHING, Actor, ActorKind
from apps.kernel.ids import new_id
from apps.mcp.finding import ANSWERS
from apps.mcp.reference.namesakes import QSYS, document
from apps.mcp.tools import book
from apps.mcp.toolsets import Toolset
from apps.operations.catalogue import installed

#: The tools of the reference server, as its source lists them.
TOOLS: Final = (
    "manage_connection",
    "query_core_status",
    "get_api_documentation",
    "list_components",
    "qsys_component_get",
    "list_controls",
    "get_control_values",
    "set_control_values",
    "create_change_group",
    "add_controls_to_change_group",
    "remove_controls_from_change_group",
    "clear_change_group",
    "poll_change_group",
    "destroy_change_group",
    "list_change_groups",
    "query_change_events",
    "get_event_statistics",
    "echo",
)


def test_every_tool_is_answered_under_its_own_name() -> None:
    answered = {name for name in TOOLS if name in installed() or name in ANSWERS}
    assert set(TOOLS) == answered
    assert len(TOOLS) == 18


def test_the_page_tells_every_one_of_them_and_claims_no_other() -> None:
    told = [one.name for one in QSYS]
    assert len(told) == len(set(told))
    assert set(told) == {*TOOLS, "qsys.set_control"}
    assert all(one.name not in installed() or not one.instead for one in QSYS)
    assert "| `get_api_documentation` | `tools_search` (MCP) | Accepted." in document()


def test_each_leads_to_a_tool_and_none_is_listed() -> None:
    for name in (one for one in TOOLS if one in installed()):
        assert book().find(name) is not None, name
    actor = Actor(ActorKind.AGENT, new_id(), new_id(), "robot", layers=((EVERYTHING,),))
    listed = {tool.name for tool in book().offered(actor, Toolset(frozenset({"all"})))}
    assert not listed & set(TOOLS)
    found = ANSWERS["get_api_documentation"](book(), actor, Toolset(), {"query": "change group"})
    assert "qsys_group_create" in {one["name"] for one in found["tools"]}
