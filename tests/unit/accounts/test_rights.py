"""Actors as rows describe them, and what the database refuses."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from apps.accounts import selectors, services
from apps.accounts.models import BearerToken, Grant, Role, Tenant, User
from apps.accounts.roles import BUILTIN_ROLES
from apps.accounts.selectors import (
    actor_of,
    current_actor,
    person_behind,
    rights_of,
    schedule_actor,
)
from apps.kernel import clock
from apps.kernel.actor import ActorKind
from tests.support import factories

pytestmark = pytest.mark.django_db

MAY = {
    "viewer": {"view"},
    "operator": {"view", "operate"},
    "engineer": {"view", "operate", "configure"},
    "approver": {"view", "approve"},
    "admin": {"view", "operate", "configure", "administer", "approve"},
}


@pytest.mark.parametrize("role", MAY)
def test_role_allows_its_levels_and_no_more(role: str) -> None:
    actor = factories.actor_of(role)
    levels = {"view", "operate", "configure", "administer", "approve"}
    assert {level for level in levels if actor.may(f"miners.{level}")} == MAY[role]


def test_roles_are_made_equal_to_their_table() -> None:
    Role.objects.filter(tenant=None, name="viewer").update(permissions=["*.administer"])
    Role.objects.filter(tenant=None, name="approver").delete()
    services.builtin_roles_ensure()
    found = {role.name: tuple(role.permissions) for role in Role.objects.filter(tenant=None)}
    assert found == BUILTIN_ROLES


def test_superuser_flag_gives_no_right() -> None:
    user = factories.user(role="viewer")
    User.objects.filter(id=user.id).update(is_superuser=True)
    user.refresh_from_db()
    actor = actor_of(user)
    assert actor.superuser
    assert not actor.may("fleet.operate")
    assert not actor_of(user, key=factories.issued_key(user).key).superuser
    assert selectors.superuser_layers()[0][0].permissions


def test_suspended_user_has_no_rights() -> None:
    user = factories.user()
    user.is_active = False
    assert rights_of(user) == ()
    assert not actor_of(user).may("fleet.view")


def test_actor_of_now_is_gone_with_its_account_or_key() -> None:
    user = factories.user()
    key = factories.issued_key(user).key
    assert current_actor(user.id) is not None
    found = current_actor(user.id, key.id)
    assert found is not None
    assert found.credential_id == key.id
    services.key_revoke(key)
    assert current_actor(user.id, key.id) is None
    services.user_suspend(user)
    assert current_actor(user.id) is None
    assert current_actor(UUID(int=1)) is None


def test_schedule_acts_under_the_rights_of_its_owner() -> None:
    agent = factories.agent(factories.user(role="viewer"), "engineer")
    actor = schedule_actor(schedule_id=UUID(int=5), name="n", owner_id=agent.id)
    assert actor is not None
    assert (actor.kind, actor.label, actor.id) == (ActorKind.SCHEDULE, "schedule:n", UUID(int=5))
    assert not actor.may("fleet.operate")
    assert actor.may("fleet.view")
    assert person_behind(actor) == agent.acts_for_id
    User.objects.filter(id=agent.id).update(is_active=False)
    assert schedule_actor(schedule_id=UUID(int=5), name="n", owner_id=agent.id) is None


def test_person_behind_everybody() -> None:
    person = factories.user()
    assert person_behind(actor_of(person)) == person.id
    assert person_behind(actor_of(factories.agent(person))) == person.id
    mine = schedule_actor(schedule_id=UUID(int=5), name="n", owner_id=person.id)
    assert mine is not None
    assert person_behind(mine) == person.id


def test_roles_and_users_of_other_tenants_are_not_found() -> None:
    tenant, other = factories.tenant(), factories.tenant()
    admin = factories.actor_of("admin", tenant)
    Role.objects.create(tenant=other, name="secret", permissions=["x.view"])
    own = Role.objects.create(tenant=tenant, name="viewer", permissions=["x.view"])
    assert selectors.role_named(admin, "secret") is None
    assert selectors.role_named(admin, "viewer") == own, "the tenant's own comes first"
    assert selectors.user_named(admin, factories.user(other).username) is None
    assert selectors.tenant_of(admin) == tenant
    assert str(tenant) == tenant.slug


def test_user_without_a_tenant_has_nothing() -> None:
    user = User.objects.create(username="root")
    role = Role.objects.get(tenant=None, name="viewer")
    with pytest.raises(ValueError, match="tenant"):
        services.grant_create(user=user, role=role, site_path="/")
    with pytest.raises(ValueError, match="tenant"):
        services.key_issue(user=user, name="x")


@pytest.mark.parametrize("change", [{"kind": "agent"}, {"acts_for": True}])
def test_agent_without_a_person_is_refused_by_the_database(change: dict[str, object]) -> None:
    user, person = factories.user(), factories.user()
    if "acts_for" in change:
        change = {"acts_for": person}
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=user.id).update(**change)


def test_grant_without_a_place_is_refused_by_the_database() -> None:
    tenant = factories.tenant()
    user = factories.user(tenant)
    role = Role.objects.get(tenant=None, name="viewer")
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.system.create(tenant=tenant, user=user, role=role, site_path=None)


def test_role_names_are_unique_also_without_a_tenant() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Role.objects.create(tenant=None, name="viewer", permissions=[])


def test_expired_tokens_are_dropped() -> None:
    key = factories.issued_key().key
    services.token_issue(key_id=key.id, seconds=60)
    services.token_issue(key_id=key.id, seconds=60)
    one = BearerToken.objects.order_by("id").first()
    assert one is not None
    BearerToken.objects.filter(id=one.id).update(expires_at=clock.now() - timedelta(seconds=1))
    assert services.expired_drop() == 1
    assert BearerToken.objects.count() == 1
    assert str(BearerToken.objects.get()).endswith(str(key.id))


def test_rows_read_well() -> None:
    tenant = Tenant.objects.create(slug="t", name="T")
    user = factories.user(tenant, "viewer")
    issued = factories.issued_key(user)
    assert str(issued.key) == f"{issued.key.name} (cp_{issued.key.prefix}…)"
    assert str(Grant.system.get(user=user)).endswith("/")
    assert str(Role.objects.get(tenant=None, name="viewer")) == "viewer"
