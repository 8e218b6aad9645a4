"""Dangerous work waits for the person behind the assistant, and cannot be talked past it."""

import json
from typing import Any

import pytest
from cryptography.fernet import Fernet
from mcp.server.request_state import AESGCMRequestStateCodec
from pydantic import SecretStr

from apps.accounts.models import Tenant
from apps.kernel.keyring import keyring
from apps.mcp.sealed import PURPOSE
from apps.operations.models import Approval, ApprovalState
from tests.support import factories, verbs
from tests.unit.mcp.asking import HANDSHAKE, Reply, ask, call
from tests.unit.mcp.conftest import KeyOf

ASKS = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {}}}
TASKS = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
YES = {"confirm": {"action": "accept", "content": {"confirm": True}}}


def request(key: str, device: Any, name: str = "test_unit_reboot", **more: Any) -> Reply:
    """A dangerous call of a client that can ask its person."""
    arguments = {"devices": [str(device.id)], "text": "now", **more.pop("arguments", {})}
    params = {"name": name, "arguments": arguments, **more}
    return ask(key, "tools/call", params, meta=more.pop("meta", ASKS))


def answered(key: str, device: Any, asked: Reply, said: Any = YES, **more: Any) -> Reply:
    """The call repeated with what the person said."""
    state = more.pop("requestState", asked.result["requestState"])
    return request(key, device, inputResponses=said, requestState=state, **more)


def policed(tenant: Tenant) -> None:
    tenant.two_call_confirmation = False
    tenant.save()


def test_its_person_is_asked_with_the_plan_and_then_it_is_done(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    key, device = key_of("agent"), factories.device(tenant, name="Lobby\n\x1b[31mCore")
    asked = request(key, device)
    assert asked.result["resultType"] == "input_required"
    form = asked.result["inputRequests"]["confirm"]
    assert form["method"] == "elicitation/create"
    assert form["params"]["requestedSchema"]["required"] == ["confirm"]
    assert "- Lobby [31mCore" in form["params"]["message"], "a name cannot draw on the dialogue"
    assert "- text: now" in form["params"]["message"]
    assert "content" not in asked.result
    assert world.done == []
    done = answered(key, device, asked)
    assert done.content["status"] == "ok"
    assert len(world.done) == 1
    assert [entry for entry, _ in verbs.entries(operation="test.unit.reboot")] == [
        "intent",
        "outcome",
    ]


@pytest.mark.parametrize(
    "said",
    [
        {"confirm": {"action": "decline"}},
        {"confirm": {"action": "cancel"}},
        {"confirm": {"action": "accept"}},
        {"confirm": {"action": "accept", "content": {"confirm": False}}},
        {"confirm": {"action": "accept", "content": {"confirm": "true"}}},
        {"confirm": {"action": "decline", "content": {"confirm": True}}},
    ],
)
def test_anything_but_a_yes_is_a_no(
    key_of: KeyOf, tenant: Tenant, world: verbs.World, said: dict[str, Any]
) -> None:
    key, device = key_of(), factories.device(tenant)
    reply = answered(key, device, request(key, device), said)
    assert reply.result["isError"] is True
    assert "did not agree" in reply.text
    assert world.done == []


def test_without_an_answer_it_is_asked_again(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    key, device = key_of(), factories.device(tenant)
    asked = request(key, device)
    again = answered(key, device, asked, {"other": YES["confirm"]})
    assert again.result["resultType"] == "input_required"
    unsealed = request(key, device, inputResponses=YES)
    assert unsealed.result["resultType"] == "input_required", "an answer to no question"
    assert world.done == []


def test_one_yes_is_one_act(key_of: KeyOf, tenant: Tenant, world: verbs.World) -> None:
    key, device = key_of(), factories.device(tenant)
    asked = request(key, device)
    answered(key, device, asked)
    again = answered(key, device, asked)
    assert again.content["code"] == "stale_plan"
    assert len(world.done) == 1


def refused(reply: Reply, world: verbs.World) -> bool:
    """Refused as a state that is not ours, with nothing done."""
    return (reply.status, reply.error["code"], world.done) == (400, -32602, [])


def test_a_changed_state_is_refused(key_of: KeyOf, tenant: Tenant, world: verbs.World) -> None:
    key, device = key_of(), factories.device(tenant)
    asked = request(key, device)
    state = asked.result["requestState"]
    middle = len(state) // 2
    flipped = state[:middle] + ("A" if state[middle] != "A" else "B") + state[middle + 1 :]
    for wrong in (
        flipped,
        state[:-4],
        f"{state}-TAMPERED",
        "v1.",
        "",
        keyring().seal(b"x").decode(),
    ):
        assert refused(answered(key, device, asked, requestState=wrong), world), wrong


def test_a_state_is_good_for_its_own_request_alone(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    key, device, other = key_of(), factories.device(tenant), factories.device(tenant)
    asked = request(key, device)
    assert refused(answered(key, other, asked), world)
    assert refused(answered(key, device, asked, name="test_unit_wipe"), world)
    assert refused(answered(key, device, asked, arguments={"text": "later"}), world)


def test_a_state_is_good_for_its_own_principal_alone(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    device = factories.device(tenant)
    asked = request(key_of(), device)
    assert refused(answered(key_of(), device, asked), world)
    assert refused(answered(key_of(of=factories.tenant()), device, asked), world)


def test_another_key_of_the_same_account_may_answer(tenant: Tenant, world: verbs.World) -> None:
    user, device = factories.user(tenant, "operator"), factories.device(tenant)
    asked = request(factories.api_key(user), device)
    assert answered(factories.api_key(user), device, asked).content["status"] == "ok"


def test_an_old_state_is_refused(key_of: KeyOf, tenant: Tenant, world: verbs.World) -> None:
    key, device = key_of(), factories.device(tenant)
    asked = request(key, device)
    codec = AESGCMRequestStateCodec([f"{PURPOSE}{one}" for one in keyring().keys])
    claims = json.loads(codec.unseal(asked.result["requestState"]))
    assert 0 < claims["exp"] - claims["iat"] <= 600
    old = codec.seal(json.dumps({**claims, "exp": claims["iat"] - 1}).encode())
    assert refused(answered(key, device, asked, requestState=old), world)


def test_keys_rotate_without_a_stop(
    key_of: KeyOf, tenant: Tenant, world: verbs.World, settings: Any
) -> None:
    """What was sealed under the old key opens while it is on the ring, and not after."""
    old, new = (SecretStr(Fernet.generate_key().decode()) for _ in range(2))
    key, device = key_of(), factories.device(tenant)
    settings.CONFIG = factories.config(credential_keys=[old])
    first, second = request(key, device), request(key, device)
    settings.CONFIG = factories.config(credential_keys=[new, old])
    assert answered(key, device, first).content["status"] == "ok"
    settings.CONFIG = factories.config(credential_keys=[new])
    assert answered(key, device, second).error["code"] == -32602
    assert len(world.done) == 1


def test_a_changed_plan_is_not_run(key_of: KeyOf, tenant: Tenant, world: verbs.World) -> None:
    key, device = key_of(), factories.device(tenant)
    second = factories.device(tenant)
    both = {"devices": [str(device.id), str(second.id)]}
    asked = request(key, device, arguments=both)
    world.refused.add(second.id)
    reply = answered(key, device, asked, arguments=both)
    assert reply.content["code"] == "stale_plan"
    assert world.done == []


def test_a_second_person_is_still_needed(key_of: KeyOf, tenant: Tenant, world: verbs.World) -> None:
    policed(tenant)
    key, device = key_of(), factories.device(tenant)
    waits = answered(key, device, request(key, device, "test_unit_wipe"), name="test_unit_wipe")
    assert waits.content["status"] == "needs_approval"
    assert "confirmation" not in waits.content
    assert "with the same arguments." in waits.text
    Approval.system.update(state=ApprovalState.GRANTED)
    asked = request(key, device, "test_unit_wipe")
    assert answered(key, device, asked, name="test_unit_wipe").content["status"] == "ok"
    assert len(world.done) == 1


def test_long_dangerous_work_asks_first_and_then_is_a_task(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    key, device = key_of(), factories.device(tenant)
    both = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {}, **TASKS}}
    asked = request(key, device, "test_unit_flash", meta=both)
    assert "taskId" not in asked.result
    task = answered(key, device, asked, name="test_unit_flash", meta=both).result
    assert (task["resultType"], task["status"]) == ("task", "working")
    assert "requestState" not in task


@pytest.mark.parametrize("version", ["2026-07-28", HANDSHAKE])
def test_who_cannot_ask_confirms_by_a_second_call_where_the_tenant_lets_it(
    key_of: KeyOf, tenant: Tenant, world: verbs.World, version: str
) -> None:
    key, device = key_of(), factories.device(tenant)
    arguments = {"devices": [str(device.id)]}
    plan = call(key, "test_unit_reboot", arguments, version=version).content
    policed(tenant)
    confirmed = {**arguments, "confirmation": plan["confirmation"]}
    for given in (arguments, confirmed):
        reply = call(key, "test_unit_reboot", given, version=version)
        assert reply.content["code"] == "forbidden"
        assert "confirmation" not in reply.content
        assert "accounts.tenant.set" in reply.text
    assert world.done == []
    assert verbs.entries(operation="test.unit.reboot") == [("denied", "forbidden")] * 2


def test_a_form_has_to_be_among_what_the_client_shows(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    only_links = {"io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}}}
    reply = request(key_of(), factories.device(tenant), meta=only_links)
    assert reply.content["status"] == "needs_confirmation"
    assert world.done == []
