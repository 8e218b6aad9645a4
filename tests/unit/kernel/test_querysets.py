"""Rows are read for somebody, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import ApiKey, Tenant
from apps.accounts.selectors import actor_of
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.kernel.actor import Actor, ActorKind, Right, system_actor
from apps.kernel.ids import new_id
from apps.kernel.querysets import UnscopedQueryError
from tests.support import factories

pytestmark = pytest.mark.django_db

PLACES = ("/plant/", "/plant/hall-a/", "/plant/hall-a/rack-1/", "/plant/hall-b/", "/mine/")

READS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(name="x"),
    "index": lambda rows: rows[0],
    "slice": lambda rows: list(rows[:5]),
    "iterator": lambda rows: list(rows.iterator()),
    "values": lambda rows: list(rows.values("id")),
    "values_list": lambda rows: list(rows.values_list("id", flat=True)),
    "aggregate": lambda rows: rows.aggregate(n=Count("id")),
    "filtered": lambda rows: list(rows.filter(name="x").exclude(id=None).order_by("name")),
    "bool": bool,
    "len": len,
    "in": lambda rows: None in rows,
    "in_bulk": lambda rows: rows.in_bulk(),
    "contains": lambda rows: rows.contains(Device(id=new_id())),
    "union": lambda rows: list(rows.union(rows)),
}


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_unscoped_read_raises(read: Callable[[Any], Any]) -> None:
    with pytest.raises(UnscopedQueryError, match="for_actor"):
        read(Device.objects.all())


@pytest.mark.parametrize("change", [lambda rows: rows.update(name="x"), lambda rows: rows.delete()])
def test_scoped_rows_are_read_only(change: Callable[[Any], Any]) -> None:
    actor = factories.actor_of("admin")
    with pytest.raises(UnscopedQueryError, match="services"):
        change(Device.objects.for_actor(actor, "fleet.view"))


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


def seen(actor: Any, permission: str = "fleet.view") -> set[str]:
    return set(Device.objects.for_actor(actor, permission).values_list("site_path", flat=True))


def test_rows_are_those_of_the_place_and_below(tenant: Tenant) -> None:
    for path in ("/plant/", "/plant/hall-a/", "/plant/hall-a/rack-1/", "/plant/hall-b/"):
        factories.device(tenant, site_path=path)
    factories.device(site_path="/plant/hall-a/")
    local = factories.actor_of("viewer", tenant, site_path="/plant/hall-a/")
    assert seen(local) == {"/plant/hall-a/", "/plant/hall-a/rack-1/"}
    assert len(seen(factories.actor_of("viewer", tenant))) == 4
    assert Device.objects.for_actor(local, "fleet.view").count() == 2


def test_rows_need_the_permission_asked_for(tenant: Tenant) -> None:
    factories.device(tenant)
    viewer = factories.actor_of("viewer", tenant)
    assert seen(viewer, "fleet.operate") == set()
    mixed = factories.user(tenant, "viewer")
    factories.grant(mixed, "operator", site_path="/plant/hall-a/")
    factories.device(tenant, site_path="/plant/hall-a/")
    assert seen(actor_of(mixed), "fleet.operate") == {"/plant/hall-a/"}
    assert len(seen(actor_of(mixed))) == 2


def test_device_grant_shows_those_devices(tenant: Tenant) -> None:
    mine, other = factories.device(tenant), factories.device(tenant)
    person = factories.user(tenant, "viewer", site_path="/elsewhere/")
    factories.grant(person, "viewer", devices=(mine.id,))
    rows = Device.objects.for_actor(actor_of(person), "fleet.view")
    assert [row.id for row in rows] == [mine.id]
    assert rows.filter(id=other.id).first() is None


def test_agent_sees_what_both_see(tenant: Tenant) -> None:
    for path in ("/plant/hall-a/", "/plant/hall-b/"):
        factories.device(tenant, site_path=path)
    person = factories.user(tenant, "viewer", site_path="/plant/hall-a/")
    agent = factories.agent(person, "viewer")
    assert seen(actor_of(agent)) == {"/plant/hall-a/"}
    elsewhere = factories.agent(person, "viewer", site_path="/plant/hall-b/")
    assert seen(actor_of(elsewhere)) == set()


def test_rows_without_a_place_belong_to_the_tenant(tenant: Tenant) -> None:
    factories.issued_key(factories.user(tenant))
    factories.issued_key()
    admin = factories.actor_of("admin", tenant)
    assert ApiKey.objects.for_actor(admin, "accounts.administer").count() == 1


def test_none_needs_no_scope_and_the_plane_sees_one_tenant(tenant: Tenant) -> None:
    assert list(Device.objects.none()) == []
    factories.job(factories.actor_of("operator", tenant))
    factories.job()
    assert Job.objects.for_actor(system_actor("x", tenant_id=tenant.id), "jobs.view").count() == 1


def test_scoped_rows_are_read_in_every_way(tenant: Tenant) -> None:
    factories.device(tenant, name="one")
    rows = Device.objects.for_actor(factories.actor_of("viewer", tenant), "fleet.view")
    assert rows.exists()
    assert rows.aggregate(n=Count("id")) == {"n": 1}
    assert [row.name for row in rows.iterator()] == ["one"]
    assert rows.filter(name="one").get().name == rows[0].name == "one"


rights = st.builds(
    Right,
    permissions=st.sets(st.sampled_from(["fleet.view", "fleet.operate", "*.view"])).map(frozenset),
    path=st.sampled_from([None, "/", *PLACES]),
    devices=st.sets(st.integers(0, len(PLACES) - 1)).map(frozenset),
)
layers = st.lists(st.lists(rights, max_size=3).map(tuple), max_size=2).map(tuple)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=layers, permission=st.sampled_from(["fleet.view", "fleet.operate"]))
def test_rows_are_exactly_those_where_the_actor_may(
    tenant: Tenant, drawn: tuple[tuple[Right, ...], ...], permission: str
) -> None:
    devices = list(Device.system.filter(tenant=tenant).order_by("site_path"))
    devices = devices or [factories.device(tenant, site_path=place) for place in sorted(PLACES)]
    granted = tuple(
        tuple(
            Right(right.permissions, right.path, frozenset(devices[i].id for i in right.devices))  # type: ignore[call-overload]  # numbers stand for devices
            for right in layer
        )
        for layer in drawn
    )
    actor = Actor(ActorKind.USER, new_id(), tenant.id, "somebody", granted)
    found = set(Device.objects.for_actor(actor, permission).values_list("id", flat=True))
    assert found == {
        device.id for device in devices if actor.may_at(permission, device.site_path, device.id)
    }


def test_more_conditions_only_narrow(tenant: Tenant) -> None:
    factories.device(tenant, name="mine")
    factories.device(tenant, name="other")
    foreign = factories.device(name="mine")
    rows = Device.objects.for_actor(
        factories.actor_of("viewer", tenant), "fleet.view", Q(name="mine") | Q(id=foreign.id)
    )
    assert [(row.name, row.tenant_id) for row in rows] == [("mine", tenant.id)]
