"""Who administers accounts, and that nobody gives more than they have."""

from typing import Any

import pytest

from apps.accounts import services
from apps.accounts.authenticate import Credential, authenticate, forget_all
from apps.accounts.models import ApiKey, Grant, Role, Tenant, User
from apps.accounts.selectors import actor_of
from apps.events.models import Outbox
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.core import Face
from apps.operations.models import IdempotencyKey
from tests.support import factories, verbs
from tests.support.verbs import World


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.actor_of("admin", tenant)


def done(world: World, operation: str, data: dict[str, Any], actor: Actor) -> dict[str, Any]:
    output = world.call(operation, data, actor).output
    assert output is not None
    return output


def refused(world: World, operation: str, data: dict[str, Any], actor: Actor) -> Failure:
    with pytest.raises(Failure) as caught:
        world.call(operation, data, actor)
    return caught.value


def test_new_key_works_and_its_secret_is_nowhere(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    user = factories.user(tenant)
    data = {"user": user.username, "name": "ci", "networks": ["192.0.2.9/24"]}
    made = done(world, "accounts.key.create", data, admin)
    secret = made["secret"]
    assert authenticate(Credential(secret, "192.0.2.1")).id == user.id
    stored = [str(list(table.objects.values())) for table in (IdempotencyKey, Outbox)]
    stored += [str([vars(row) for row in verbs.rows()]), str(list(ApiKey.system.values()))]
    assert not any(secret in text for text in stored)
    assert made["prefix"] in stored[2]


def test_key_is_listed_without_its_secret_and_revoked(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    issued = factories.issued_key(factories.user(tenant))
    factories.issued_key()
    listed = done(world, "accounts.key.list", {}, admin)["keys"]
    assert [key["key"] for key in listed] == [str(issued.key.id)]
    assert "secret" not in listed[0]
    gone = done(world, "accounts.key.revoke", {"key": str(issued.key.id)}, admin)
    assert gone["revoked_at"] is not None
    forget_all()
    with pytest.raises(Failure):
        authenticate(Credential(issued.text, "192.0.2.1"))
    assert done(world, "accounts.key.list", {}, admin)["keys"] == []
    data = {"revoked": True, "user": issued.key.user.username}
    assert len(done(world, "accounts.key.list", data, admin)["keys"]) == 1
    again = refused(world, "accounts.key.revoke", {"key": str(issued.key.id)}, admin)
    assert again.code is Code.CONFLICT


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("scopes", ["fleet:raed"], "fleet:read"),
        ("scopes", ["miners.own"], "neither"),
        ("networks", ["not a network"], "not a network"),
        ("expires_at", "2020-01-01T00:00:00Z", "past"),
        ("expires_at", "2020-01-01T00:00:00", "time zone"),
    ],
)
def test_wrong_key_is_explained(
    world: World, tenant: Tenant, admin: Actor, field: str, value: Any, word: str
) -> None:
    user = factories.user(tenant)
    data = {"user": user.username, "name": "k", field: value}
    failure = refused(world, "accounts.key.create", data, admin)
    assert failure.code is Code.INVALID
    assert word in failure.detail
    assert ApiKey.system.count() == 0


def test_a_misspelt_user_is_told_the_nearest_of_the_tenant(world: World, admin: Actor) -> None:
    factories.user(Tenant.objects.get(id=admin.tenant), username="ada.lovelace")
    factories.user(username="ada.lovelaces")
    data = {"user": "ada.lovelacs", "name": "x"}
    refusal = refused(world, "accounts.key.create", data, admin)
    assert refusal.detail.endswith("Did you mean 'ada.lovelace'?")
    assert ApiKey.system.count() == 0


def test_key_of_another_tenant_is_not_found(world: World, admin: Actor) -> None:
    foreign = factories.issued_key()
    data = {"key": str(foreign.key.id)}
    assert refused(world, "accounts.key.revoke", data, admin).code is Code.NOT_FOUND
    data = {"user": foreign.key.user.username, "name": "x"}
    assert refused(world, "accounts.key.create", data, admin).code is Code.NOT_FOUND
    assert ApiKey.system.get().revoked_at is None


@pytest.mark.parametrize("role", ["viewer", "operator", "engineer", "approver"])
def test_only_administrators_see_or_change_accounts(
    world: World, tenant: Tenant, role: str
) -> None:
    actor = factories.actor_of(role, tenant)
    for operation in ("accounts.key.list", "accounts.role.list"):
        assert refused(world, operation, {}, actor).code is Code.FORBIDDEN


def test_administrator_of_a_site_does_not_administer_the_tenant(
    world: World, tenant: Tenant
) -> None:
    local = factories.actor_of("admin", tenant, site_path="/plant/")
    victim = factories.user(tenant, "admin")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("accounts.key.create", {"user": victim.username, "name": "x"}),
        ("accounts.user.create", {"username": "new", "role": "admin"}),
        ("accounts.grant.create", {"user": local.label, "role": "admin", "site_path": "/"}),
        ("accounts.tenant.set", {"batch_threshold": 1000}),
        ("accounts.key.list", {}),
    ]
    for operation, data in calls:
        assert refused(world, operation, data, local).code is Code.NOT_FOUND
    assert ApiKey.system.count() == 0
    assert not User.objects.filter(username__startswith="new").exists()


def test_nobody_makes_a_key_for_rights_they_lack(world: World, tenant: Tenant) -> None:
    clerk_role = Role.objects.create(
        tenant=tenant, name="clerk", permissions=["accounts.administer"]
    )
    account = factories.user(tenant, "viewer")
    services.grant_create(user=account, role=clerk_role, site_path="/")
    clerk, boss = actor_of(account), factories.user(tenant, "admin")
    failure = refused(world, "accounts.key.create", {"user": boss.username, "name": "x"}, clerk)
    assert failure.code is Code.FORBIDDEN
    data = {"user": account.username, "role": "admin", "site_path": "/"}
    assert refused(world, "accounts.grant.create", data, clerk).code is Code.FORBIDDEN
    data = {"username": "mine", "role": "admin"}
    assert refused(world, "accounts.user.create", data, clerk).code is Code.FORBIDDEN
    other = factories.user(tenant, "viewer")
    assert done(world, "accounts.key.create", {"user": other.username, "name": "x"}, clerk)


@pytest.mark.parametrize(
    ("scopes", "wanted", "allowed"),
    [
        (("accounts.administer",), ["accounts.view"], True),
        (("accounts.administer",), ["fleet:read"], False),
        (("accounts.administer",), ["fleet:dangerous"], False),
        (("accounts.administer",), None, False),
        (("admin",), None, True),
        (("admin",), ["fleet:dangerous"], True),
    ],
)
def test_credential_makes_none_that_reaches_further(
    world: World, tenant: Tenant, scopes: tuple[str, ...], wanted: list[str] | None, allowed: bool
) -> None:
    actor = factories.scoped_actor("admin", scopes, tenant)
    user = factories.user(tenant, "viewer")
    data: dict[str, Any] = {"user": user.username, "name": "x", "scopes": wanted}
    viewer_only = wanted == ["accounts.view"]
    if viewer_only:
        Grant.system.filter(user=user).delete()
    if allowed:
        assert done(world, "accounts.key.create", data, actor)["scopes"] == wanted
    else:
        assert refused(world, "accounts.key.create", data, actor).code is Code.FORBIDDEN


def test_agents_change_no_accounts(world: World, tenant: Tenant) -> None:
    boss = factories.user(tenant, "admin")
    agent = actor_of(factories.agent(boss, "admin"))
    for operation, data in (
        ("accounts.key.create", {"user": boss.username, "name": "x"}),
        ("accounts.user.create", {"username": "new", "role": "admin"}),
        ("accounts.tenant.set", {"agents_need_approval": False}),
    ):
        assert refused(world, operation, data, agent).code is Code.FORBIDDEN
        with pytest.raises(Failure) as caught:
            world.call(operation, data, agent, face=Face.MCP)
        assert caught.value.code is Code.NOT_FOUND


def test_person_and_agent_are_made(world: World, tenant: Tenant, admin: Actor) -> None:
    data = {"username": "ada", "role": "operator", "password": "a-long-enough-word-7"}
    made = done(world, "accounts.user.create", {**data, "site_path": "/plant/"}, admin)
    assert (made["kind"], made["active"]) == ("person", True)
    assert "a-long-enough-word-7" not in str([vars(row) for row in verbs.rows()])
    assert services.login_check(made["username"], "a-long-enough-word-7") is not None
    assert made["username"] == f"ada@{tenant.slug}"
    assert Grant.system.get(user__username=made["username"]).site_path == "/plant/"
    agent = {"username": "ada-bot", "role": "operator", "acts_for": "ada"}
    assert done(world, "accounts.user.create", agent, admin)["acts_for"] == made["username"]
    assert refused(world, "accounts.user.create", data, admin).code is Code.CONFLICT


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"role": "operatr"}, "role"),
        ({"password": "short"}, "password"),
        ({"acts_for": "nobody"}, None),
        ({"acts_for": "bot"}, "acts_for"),
        ({"acts_for": "person", "password": "a-long-enough-word-7"}, "password"),
        ({"site_path": "plant"}, "site_path"),
        ({"username": "no spaces"}, "username"),
    ],
)
def test_impossible_account_is_explained(
    world: World, tenant: Tenant, admin: Actor, change: dict[str, Any], path: str | None
) -> None:
    person = factories.user(tenant, username="person")
    User.objects.filter(id=factories.agent(person).id).update(username="bot")
    data = {"username": "new", "role": "operator", **change}
    failure = refused(world, "accounts.user.create", data, admin)
    assert [error.path for error in failure.errors] == ([path] if path else [])
    if change == {"role": "operatr"}:
        assert "'operator'" in failure.detail
    assert not User.objects.filter(username__startswith="new").exists()


def test_suspended_account_is_out_with_its_agents(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    person = factories.user(tenant)
    agent = factories.agent(person)
    keys = [factories.api_key(person), factories.api_key(agent)]
    assert not done(world, "accounts.user.suspend", {"user": person.username}, admin)["active"]
    forget_all()
    for key in keys:
        with pytest.raises(Failure, match="suspended"):
            authenticate(Credential(key, "192.0.2.1"))
    assert done(world, "accounts.user.reinstate", {"user": person.username}, admin)["active"]
    assert authenticate(Credential(keys[0], "192.0.2.1")).id == person.id


def test_administrators_do_not_shut_themselves_out(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    failure = refused(world, "accounts.user.suspend", {"user": admin.label}, admin)
    assert failure.code is Code.CONFLICT
    grant = Grant.system.get(user_id=admin.id)
    failure = refused(world, "accounts.grant.revoke", {"grant": str(grant.id)}, admin)
    assert failure.code is Code.CONFLICT
    assert Grant.system.filter(id=grant.id).exists()


def test_grant_is_given_and_taken(world: World, tenant: Tenant, admin: Actor) -> None:
    user = factories.user(tenant, "viewer")
    device = factories.device(tenant)
    data = {"user": user.username, "role": "operator", "devices": [str(device.id)]}
    made = done(world, "accounts.grant.create", data, admin)
    assert actor_of(user).may_at("fleet.operate", "/plant/", device.id)
    assert not actor_of(user).may_at("fleet.operate", "/plant/")
    done(world, "accounts.grant.revoke", {"grant": made["grant"]}, admin)
    assert not actor_of(user).may_at("fleet.operate", "/plant/", device.id)
    assert refused(world, "accounts.grant.revoke", {"grant": made["grant"]}, admin).code == (
        "not_found"
    )
    done_row = verbs.rows(entry="outcome", operation="accounts.grant.revoke")[0]
    assert (done_row.before or {})["role"] == "operator"


@pytest.mark.parametrize("place", [{}, {"site_path": "/", "devices": [str(new_id())]}])
def test_grant_has_exactly_one_place(
    world: World, tenant: Tenant, admin: Actor, place: dict[str, Any]
) -> None:
    user = factories.user(tenant, "viewer")
    data = {"user": user.username, "role": "operator", **place}
    assert "exactly one" in refused(world, "accounts.grant.create", data, admin).detail


def test_roles_are_listed(world: World, tenant: Tenant, admin: Actor) -> None:
    Role.objects.create(tenant=tenant, name="night-shift", permissions=["miners.operate"])
    Role.objects.create(tenant=factories.tenant(), name="foreign", permissions=["x.view"])
    listed = {role["name"]: role for role in done(world, "accounts.role.list", {}, admin)["roles"]}
    assert set(listed) == {"viewer", "operator", "engineer", "approver", "admin", "night-shift"}
    assert listed["viewer"]["builtin"]
    assert not listed["night-shift"]["builtin"]
    own = {"username": "n", "role": "night-shift"}
    assert done(world, "accounts.user.create", own, admin)["username"] == f"n@{tenant.slug}"


def test_policies_change_with_evidence(world: World, tenant: Tenant, admin: Actor) -> None:
    changed = done(world, "accounts.tenant.set", {"batch_threshold": 3}, admin)
    assert changed["before"]["batch_threshold"] == 10
    assert changed["after"]["batch_threshold"] == 3
    assert changed["after"]["two_call_confirmation"] is True
    tenant.refresh_from_db()
    assert tenant.batch_threshold == 3
    row = verbs.rows(entry="outcome")[-1]
    assert (row.before, row.after) == (changed["before"], changed["after"])
    for wrong in ({}, {"batch_threshold": 0}, {"name": "x"}):
        assert refused(world, "accounts.tenant.set", wrong, admin).code is Code.INVALID


def test_names_of_other_tenants_are_not_in_the_way_and_not_told(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    elsewhere = factories.actor_of("admin")
    data = {"username": "ada", "role": "viewer"}
    theirs = done(world, "accounts.user.create", data, elsewhere)["username"]
    mine = done(world, "accounts.user.create", data, admin)["username"]
    assert mine == f"ada@{tenant.slug}" != theirs
    assert User.objects.filter(username__startswith="ada@").count() == 2
    data = {**data, "username": theirs}
    assert done(world, "accounts.user.create", data, admin)["username"] == f"{theirs}@{tenant.slug}"


def test_a_name_is_taken_within_the_tenant_in_either_form(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    factories.user(tenant, username="plain")
    made = done(world, "accounts.user.create", {"username": "ada", "role": "viewer"}, admin)
    for name in ("plain", "ada", made["username"]):
        failure = refused(
            world, "accounts.user.create", {"username": name, "role": "viewer"}, admin
        )
        assert failure.code is Code.CONFLICT
    too_long = {"username": "x" * 150, "role": "viewer"}
    assert refused(world, "accounts.user.create", too_long, admin).code is Code.INVALID


def test_who_was_made_logs_in_with_the_name_that_was_told(
    world: World, tenant: Tenant, admin: Actor
) -> None:
    password = "a-long-enough-word-7"
    data = {"username": "ada", "role": "viewer", "password": password}
    name = done(world, "accounts.user.create", data, admin)["username"]
    found = services.login_check(name, password)
    assert found is not None
    assert found.tenant_id == tenant.id
    assert services.login_check("ada", password) is None
    assert done(world, "accounts.user.suspend", {"user": "ada"}, admin)["username"] == name
    assert services.login_check(name, password) is None
