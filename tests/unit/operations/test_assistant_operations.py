"""Clients and assistants through the door: who may, what it does, what it leaves."""

from typing import Any

import pytest
from oauth2_provider.models import AccessToken, Application

from apps.accounts.models import Assistant, Client, Tenant
from apps.accounts.selectors import actor_of, current_actor, schedule_actor
from apps.audit.models import AuditLog
from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from tests.support import factories
from tests.support.oauth import Party, program

pytestmark = pytest.mark.django_db(transaction=True)

LOOPBACK = "http://127.0.0.1/callback"


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.actor_of("admin", tenant)


def do(actor: Actor, operation: str, face: Face = Face.CONSOLE, **data: Any) -> dict[str, Any]:
    outcome = invoke(
        Call(operation=operation, input=data, actor=actor, face=face, key=str(new_id()))
    )
    return dict(outcome.body()["output"])


def refusal(actor: Actor, operation: str, face: Face = Face.CONSOLE, **data: Any) -> Code:
    with pytest.raises(Failure) as raised:
        do(actor, operation, face, **data)
    return raised.value.code


def connected(of: Tenant, **fields: Any) -> Party:
    return Party(factories.user(of, fields.pop("role", "operator")), program(of)).connect(**fields)


# -- clients


def test_a_registered_client_is_public_and_its_tenants_alone(tenant: Tenant, admin: Actor) -> None:
    made = do(admin, "accounts.client.register", name="Claude", redirect_uris=[LOOPBACK])
    application = Application.objects.get(client_id=made["client_id"])
    assert application.client_type == "public"
    assert application.authorization_grant_type == "authorization-code"
    assert application.skip_authorization is False
    assert made["source"] == "manual"
    assert Client.system.get().tenant == tenant
    row = AuditLog.system.get(operation="accounts.client.register", entry="outcome")
    assert row.after["client_id"] == made["client_id"]


@pytest.mark.parametrize("uri", ["http://evil.example/", "javascript:alert(1)", "nowhere"])
def test_a_client_cannot_listen_just_anywhere(admin: Actor, uri: str) -> None:
    code = refusal(admin, "accounts.client.register", name="x", redirect_uris=[uri])
    assert code is Code.INVALID
    assert not Application.objects.exists()


def test_a_revoked_client_loses_its_assistants_and_gets_no_more(
    tenant: Tenant, admin: Actor
) -> None:
    party = connected(tenant)
    client = Client.system.get()
    assert do(admin, "accounts.client.revoke", client=str(client.id))["revoked_at"]
    assert not AccessToken.objects.exists()
    assert party.decide().status_code == 404
    assert refusal(admin, "accounts.client.revoke", client=str(client.id)) is Code.CONFLICT


def test_a_restored_client_is_connected_anew(tenant: Tenant, admin: Actor) -> None:
    party = connected(tenant)
    client = str(Client.system.get().id)
    do(admin, "accounts.client.revoke", client=client)
    assert do(admin, "accounts.client.restore", client=client)["revoked_at"] is None
    assert party.refresh(party.tokens["refresh_token"]).status_code == 400
    assert party.connect().access


def test_clients_are_listed_with_those_that_use_them(tenant: Tenant, admin: Actor) -> None:
    connected(tenant)
    program(factories.tenant(), "somebody else's")
    (one,) = do(admin, "accounts.client.list")["clients"]
    assert (one["name"], one["assistants"]) == ("Helper", 1)
    do(admin, "accounts.client.revoke", client=one["client"])
    assert do(admin, "accounts.client.list")["clients"] == []
    assert len(do(admin, "accounts.client.list", revoked=True)["clients"]) == 1


@pytest.mark.parametrize("operation", ["accounts.client.revoke", "accounts.client.restore"])
def test_clients_of_others_are_not_there(admin: Actor, operation: str) -> None:
    program(factories.tenant())
    client = Client.system.get()
    assert refusal(admin, operation, client=str(client.id)) is Code.NOT_FOUND
    client.refresh_from_db()
    assert client.revoked_at is None


# -- assistants


def test_only_somebody_in_front_of_the_page_connects(tenant: Tenant) -> None:
    application = program(tenant)
    data = {"client_id": application.client_id, "scopes": ["fleet:read"]}
    key = factories.scoped_actor("admin", ("admin",), tenant)
    agent = factories.actor_of("agent", tenant)
    for actor in (key, agent):
        assert refusal(actor, "accounts.assistant.connect", **data) is Code.FORBIDDEN
    person = factories.actor_of("viewer", tenant)
    assert not Assistant.system.exists()
    made = do(person, "accounts.assistant.connect", **data)
    assert made["account"] == f"helper-for-{person.label}"


def test_a_person_cuts_their_own_assistant_off(tenant: Tenant) -> None:
    party = connected(tenant)
    assistant = Assistant.system.get()
    actor = actor_of(party.person)
    done = do(actor, "accounts.assistant.disconnect", assistant=str(assistant.id))
    assert done["disconnected_at"]
    assert not AccessToken.objects.exists()
    assert current_actor(assistant.agent_id, assistant.id) is None
    again = refusal(actor, "accounts.assistant.disconnect", assistant=str(assistant.id))
    assert again is Code.CONFLICT
    rows = AuditLog.system.filter(operation="accounts.assistant.disconnect", entry="outcome")
    row = rows.get(verdict="ok")
    assert row.after["account"] == assistant.agent.username


def test_another_persons_is_not_there_but_for_an_administrator(
    tenant: Tenant, admin: Actor
) -> None:
    connected(tenant)
    data = {"assistant": str(Assistant.system.get().id)}
    colleague = factories.actor_of("engineer", tenant)
    stranger = factories.actor_of("admin")
    for actor in (colleague, stranger):
        assert refusal(actor, "accounts.assistant.disconnect", **data) is Code.NOT_FOUND
    key = factories.scoped_actor("admin", ("fleet:read",), tenant)
    assert refusal(key, "accounts.assistant.disconnect", Face.REST, **data) is Code.FORBIDDEN
    assert Assistant.system.get().revoked_at is None
    assert do(admin, "accounts.assistant.disconnect", **data)["disconnected_at"]


def test_everybody_lists_their_own_and_an_administrator_all(tenant: Tenant, admin: Actor) -> None:
    mine, other = connected(tenant), connected(tenant)
    actor = actor_of(mine.person)
    own = do(actor, "accounts.assistant.list")["assistants"]
    assert [one["person"] for one in own] == [mine.person.username]
    assert do(actor, "accounts.assistant.list", everybody=True)["assistants"] == own
    assert do(admin, "accounts.assistant.list")["assistants"] == []
    everybody = do(admin, "accounts.assistant.list", everybody=True)["assistants"]
    assert {one["person"] for one in everybody} == {mine.person.username, other.person.username}


def test_the_actor_of_later_work_is_the_assistant_as_it_stands(tenant: Tenant) -> None:
    party = connected(tenant, role="engineer")
    assistant = Assistant.system.get()
    found = current_actor(assistant.agent_id, assistant.id)
    assert found is not None
    assert (found.kind, found.acts_for) == (ActorKind.AGENT, party.person.id)
    assert found.scopes == {"fleet:read"}
    assert found.layers == actor_of(party.person).layers


def test_schedules_of_an_assistant_end_with_it(tenant: Tenant) -> None:
    party = connected(tenant, role="engineer")
    assistant = Assistant.system.get()
    wanted = {"schedule_id": new_id(), "name": "nightly", "owner_id": assistant.agent_id}
    found = schedule_actor(**wanted)
    assert found is not None
    assert found.layers == actor_of(party.person).layers
    do(actor_of(party.person), "accounts.assistant.disconnect", assistant=str(assistant.id))
    assert schedule_actor(**wanted) is None


def test_nobody_gets_round_the_person_by_a_key_for_their_assistant(tenant: Tenant) -> None:
    """A key of the assistant's account would hold what its person holds: only who holds it too
    may issue one."""
    rack = factories.user(tenant, "admin", site_path="/plant/")
    connected(tenant, role="admin")
    agent = Assistant.system.get().agent
    data = {"user": agent.username, "name": "x"}
    assert refusal(actor_of(rack), "accounts.key.create", **data) is Code.NOT_FOUND
    lesser = factories.actor_of("viewer", tenant)
    assert refusal(lesser, "accounts.key.create", **data) is Code.FORBIDDEN


# -- the page


def test_the_page_lists_and_cuts_off(tenant: Tenant) -> None:
    party = connected(tenant)
    other = connected(tenant)
    page = party.browser.get("/assistants/").content.decode()
    assert f"helper-for-{party.person.username}" in page
    assert f"helper-for-{other.person.username}" not in page
    assistant = Assistant.system.get(person=party.person)
    answer = party.browser.post(f"/assistants/{assistant.id}/disconnect/")
    assert answer.status_code == 302
    assert "No program acts for you" in party.browser.get("/assistants/").content.decode()
    assert Assistant.system.get(person=other.person).revoked_at is None
    foreign = Assistant.system.get(person=other.person)
    assert party.browser.post(f"/assistants/{foreign.id}/disconnect/").status_code == 404
    assert party.browser.get(f"/assistants/{assistant.id}/disconnect/").status_code == 405
