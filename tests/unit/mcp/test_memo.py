"""What is kept of the SDK's answers: by rights, by address, and never too many."""

from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from apps.accounts.models import Tenant
from apps.kernel.actor import Actor, ActorKind, Right, anonymous_actor
from apps.mcp import memo
from apps.mcp.memo import Memo, key_of, rights_of
from apps.mcp.message import message_of
from apps.mcp.visit import visit_of
from tests.support.asgi import scope_of
from tests.unit.mcp.asking import ask
from tests.unit.mcp.conftest import KeyOf


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def names(reply: Any) -> set[str]:
    return {tool["name"] for tool in reply.result["tools"]}


def actor(*permissions: str, **more: Any) -> Actor:
    right = Right(frozenset(permissions), more.pop("path", "/"))
    return Actor(ActorKind.KEY, uuid4(), uuid4(), "somebody", layers=((right,),), **more)


async def nowhere(message: Any) -> None:
    raise AssertionError("nothing is answered")


def key(who: Actor, *, path: str = "/mcp", toolset: str = "", version: str = "2026-07-28") -> Any:
    headers = {"mcp-protocol-version": version, **({"x-mcp-toolset": toolset} if toolset else {})}
    visit = visit_of(scope_of(path, headers=headers), nowhere)
    visit.actor = who
    return key_of(visit, message_of(b'{"method":"tools/list"}', visit.headers))


@pytest.mark.usefixtures("world")
def test_a_second_list_is_kept_and_the_same(key_of: KeyOf) -> None:
    text = key_of()
    hits, misses = counted("mcp_cache_hits_total"), counted("mcp_cache_misses_total")
    once = ask(text, "tools/list")
    again = ask(text, "tools/list", times=3)
    assert again.body == once.body
    assert counted("mcp_cache_misses_total") == misses + 2  # one an event loop
    assert counted("mcp_cache_hits_total") == hits + 2
    assert counted("mcp_cache_size_items") == 1


@pytest.mark.usefixtures("world")
def test_a_list_is_never_another_role_s(tenant: Tenant, key_of: KeyOf) -> None:
    viewer, operator = key_of("viewer"), key_of("operator")
    assert "jobs_job_cancel" not in names(ask(viewer, "tools/list", times=2))
    assert "jobs_job_cancel" in names(ask(operator, "tools/list", times=2))


def test_equal_rights_share_an_answer() -> None:
    assert key(actor("*.view")) == key(actor("*.view"))
    assert key(actor("*.view")) == key(actor("*.view", path="/plant/"))


@pytest.mark.parametrize(
    "other",
    [
        actor("*.operate"),
        actor("*.view", scopes=frozenset({"fleet:read"})),
        actor("*.view", superuser=True),
        anonymous_actor(),
    ],
    ids=lambda one: one.label,
)
def test_other_rights_do_not(other: Actor) -> None:
    assert rights_of(other) != rights_of(actor("*.view"))
    assert key(other) != key(actor("*.view"))


def test_an_agent_s_person_counts() -> None:
    mine, theirs = (Right(frozenset({"*.view"})),), (Right(frozenset({"*.operate"})),)
    one = Actor(ActorKind.AGENT, uuid4(), uuid4(), "agent", layers=(theirs, mine))
    other = Actor(ActorKind.AGENT, uuid4(), uuid4(), "agent", layers=(theirs, theirs))
    assert rights_of(one) != rights_of(other)


def test_address_set_and_revision_count() -> None:
    who = actor("*.view")
    found = {
        key(who),
        key(who, path="/mcp/qsys"),
        key(who, toolset="qsys"),
        key(who, version="2025-11-25"),
    }
    assert len(found) == 4


def test_there_are_never_too_many() -> None:
    kept = Memo()
    for number in range(memo.ANSWERS_MOST + 10):
        kept.put(number, b"{}")
        kept.get(0)
    assert counted("mcp_cache_size_items") == memo.ANSWERS_MOST
    assert kept.get(0) == b"{}"
    assert kept.get(1) is None
