"""Long answers: cut to size, and the rest in pages that belong to whoever asked."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey
from apps.mcp import bulk
from apps.mcp.resources.pages import address_of
from tests.support import factories, verbs
from tests.unit.mcp.asking import ask, call, read
from tests.unit.mcp.conftest import KeyOf


def rest(key: str, uri: str) -> list[Any]:
    """All pages from an address on, put together."""
    found: list[Any] = []
    while uri:
        body = read(key, uri)
        (part,) = body["reported"].values()
        found += part
        uri = body.get("next", "")
    return found


def test_a_long_answer_is_cut_and_the_rest_is_read(key_of: KeyOf, world: verbs.World) -> None:
    text = "".join(f"{number:07} " for number in range(12_000))
    world.then(verbs.TextOut(text=text))
    key = key_of()
    reply = call(key, "test_note_read")
    (more,) = reply.content["more"]
    shown = reply.content["output"]["text"]
    assert len(json.dumps(reply.content)) <= bulk.ANSWER_MOST + 500
    assert (more["field"], more["shown"], more["total"]) == ("text", len(shown), len(text))
    assert f"Cut: {len(shown)} of {len(text)} of text are here; read {more['next']}" in reply.text
    (link,) = [one for one in reply.result["content"] if one["type"] == "resource_link"]
    assert link["uri"] == more["next"]
    assert shown + "".join(rest(key, more["next"])) == text


def test_a_short_answer_is_left_as_it_is(key_of: KeyOf, world: verbs.World) -> None:
    reply = call(key_of(), "test_note_read")
    assert "more" not in reply.content
    assert [one["type"] for one in reply.result["content"]] == ["text"]


def test_the_rest_is_nobody_else_s(key_of: KeyOf, world: verbs.World) -> None:
    world.then(verbs.TextOut(text="x" * 90_000))
    uri = call(key_of(), "test_note_read").content["more"][0]["next"]
    for other in (key_of(), key_of("admin"), key_of("agent")):
        assert ask(other, "resources/read", {"uri": uri}).error["data"]["code"] == "not_found"


def test_the_rest_is_gone_with_the_right(tenant: Tenant) -> None:
    actor = factories.actor_of("operator", tenant)
    body = {"call_id": str(new_id()), "output": {"rows": ["x" * 100] * 900}}
    _, (cut,) = bulk.fitted(body, actor, "qsys.configure")
    with pytest.raises(Failure) as refused:
        bulk.page(actor, UUID(body["call_id"]), cut.field, cut.shown)  # type: ignore[arg-type]
    assert refused.value.code is Code.NOT_FOUND


def test_the_rest_is_kept_for_ten_minutes(tenant: Tenant) -> None:
    actor = factories.actor_of("operator", tenant)
    body = {"call_id": str(new_id()), "output": {"rows": ["x" * 100] * 900}}
    bulk.fitted(body, actor, "qsys.view")
    assert 0 < valkey().ttl(f"cp:mcp:kept:{actor.id}:{body['call_id']}") <= bulk.KEPT_SECONDS


def test_what_is_too_long_to_keep_says_to_narrow(
    key_of: KeyOf, world: verbs.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "KEPT_MOST", 50_000)
    world.then(verbs.TextOut(text="x" * 90_000))
    reply = call(key_of(), "test_note_read")
    assert "narrow the call to see the rest" in reply.text
    assert "next" not in reply.content["more"][0]


VALUES = st.one_of(
    st.integers(-(2**53), 2**53),
    st.text(max_size=30),
    st.lists(st.text(max_size=20), max_size=40),
    st.dictionaries(st.text(max_size=5), st.booleans(), max_size=3),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(output=st.dictionaries(st.sampled_from("abcdef"), VALUES), most=st.integers(60, 700))
def test_nothing_is_lost_between_the_answer_and_the_pages(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, output: dict[str, Any], most: int
) -> None:
    monkeypatch.setattr(bulk, "ANSWER_MOST", most)
    monkeypatch.setattr(bulk, "PAGE_MOST", 90)
    actor = factories.actor_of("operator")
    body = {"status": "ok", "call_id": str(new_id()), "output": output}
    found, cuts = bulk.fitted(body, actor, "fleet.view")
    assert bool(cuts) is ("more" in found)
    whole = dict(found["output"])
    for cut in cuts:
        assert whole[cut.field] == output[cut.field][: cut.shown]
        assert cut.total == len(output[cut.field])
        uri = cut.next
        while uri:
            address = address_of(uri)
            page = bulk.page(actor, UUID(address.id), address.ids[1], address.number)
            whole[cut.field] += page["reported"][cut.field]
            uri = page.get("next")
    assert whole == output
