"""Reading resources: shapes, scopes, and the same words for absent and foreign."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.api.resources.base import Resource
from apps.api.resources.evidence import Approvals, AuditEntries
from apps.api.resources.fleet import Devices, Sites, Targets
from apps.api.resources.jobs import Jobs, Schedules
from apps.api.resources.policies import Policies
from apps.events.publish import publish
from apps.events.types import HealthChanged
from apps.fleet.models import DeviceState, Target
from apps.jobs.models import Schedule
from apps.jobs.services import job_log
from apps.kernel import clock
from apps.qsys.models import ControlPolicy
from tests.support import factories, verbs
from tests.unit.api.support import call, said

Roles = Callable[..., Client]
NOWHERE = "0199aaaa-0000-7000-8000-000000000000"
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_device_comes_with_its_state_and_age(as_role: Roles, tenant: Tenant) -> None:
    device = factories.device(tenant, name="Lobby", tags=["audio"])
    seen = NOW - timedelta(seconds=12)
    DeviceState.objects.create(
        device=device, liveness="stale", summary={"design": "Hall"}, seen_at=seen
    )
    with clock.using(clock.ManualClock(NOW)):
        shown = as_role("viewer").get(f"/api/v1/devices/{device.id}/").json()
    assert (shown["name"], shown["tags"], shown["site"]) == (
        "Lobby",
        ["audio"],
        str(device.site_id),
    )
    assert shown["state"] == {
        "liveness": "stale",
        "summary": {"design": "Hall"},
        "seen_at": "2026-11-20T07:59:48Z",
        "lost_at": None,
        "reason": "",
        "age": 12.0,
    }


def test_a_device_never_seen_has_no_age(as_role: Roles, tenant: Tenant) -> None:
    device = factories.device(tenant)
    state = as_role("viewer").get(f"/api/v1/devices/{device.id}/").json()["state"]
    assert (state["liveness"], state["age"], state["summary"]) == ("never", None, {})


def schedule(of: Tenant, name: str = "nightly", site_path: str = "/") -> Schedule:
    account = factories.user(of)
    return Schedule.system.create(
        tenant_id=of.id,
        name=name,
        operation="system.ping",
        cron="0 3 * * *",
        owner_id=account.id,
        site_path=site_path,
    )


def target(of: Tenant) -> Target:
    return Target.system.create(
        tenant_id=of.id,
        job_id=factories.job(factories.actor_of("engineer", of)).id,
        device=factories.device(of),
        operation="miners.firmware.upgrade",
    )


def policy(of: Tenant, site_path: str = "/") -> ControlPolicy:
    return ControlPolicy.system.create(
        tenant=of, name=f"of {site_path}", site_path=site_path, controls=["*"], protected=True
    )


MAKERS: dict[str, Callable[[Tenant], Any]] = {
    "sites": lambda of: factories.site(of),
    "devices": lambda of: factories.device(of),
    "targets": target,
    "jobs": lambda of: factories.job(factories.actor_of("engineer", of)),
    "schedules": schedule,
    "policies": policy,
}


@pytest.mark.parametrize("kind", MAKERS)
def test_foreign_rows_are_not_there(kind: str, as_role: Roles, tenant: Tenant) -> None:
    mine, theirs = MAKERS[kind](tenant), MAKERS[kind](factories.tenant())
    client = as_role("admin")
    listed = [row["id"] for row in client.get(f"/api/v1/{kind}/").json()["items"]]
    assert listed == [str(mine.id)]
    assert client.get(f"/api/v1/{kind}/{mine.id}/").json()["id"] == str(mine.id)
    answers = [client.get(f"/api/v1/{kind}/{number}/") for number in (theirs.id, NOWHERE)]
    assert [said(one) for one in answers] == [(404, "not_found")] * 2
    foreign, absent = (one.json()["detail"] for one in answers)
    assert foreign.replace(str(theirs.id), NOWHERE) == absent


@pytest.mark.parametrize("kind", MAKERS)
def test_no_id_is_like_a_wrong_one(kind: str, as_role: Roles) -> None:
    assert said(as_role("admin").get(f"/api/v1/{kind}/nonsense/")) == (404, "not_found")


def test_a_right_at_a_site_shows_that_site(as_role: Roles, tenant: Tenant) -> None:
    factories.site_tree(tenant)
    inside = factories.device(tenant, site_path="/plant/hall-a/rack-1/")
    factories.device(tenant, site_path="/plant/hall-b/")
    client = as_role("viewer", site_path="/plant/hall-a/")
    assert [row["id"] for row in client.get("/api/v1/devices/").json()["items"]] == [str(inside.id)]
    paths = [row["path"] for row in client.get("/api/v1/sites/").json()["items"]]
    assert paths == ["/plant/hall-a/", "/plant/hall-a/rack-1/"]


def test_policies_are_seen_from_where_they_hold(as_role: Roles, tenant: Tenant) -> None:
    for path in ("/", "/plant/", "/plant/hall-a/rack-1/", "/plant/hall-b/"):
        policy(tenant, path)
    client = as_role("viewer", site_path="/plant/hall-a/")
    found = [row["site_path"] for row in client.get("/api/v1/policies/").json()["items"]]
    assert found == ["/", "/plant/", "/plant/hall-a/rack-1/"]


def test_without_the_permission_a_list_is_empty(tenant: Tenant) -> None:
    factories.device(tenant)
    key = factories.api_key(factories.user(tenant, "admin"), scopes=("jobs.view",))
    client = Client(headers={"X-API-Key": key})
    assert client.get("/api/v1/devices/").json() == {"items": [], "next": None}


def test_evidence_and_approvals_are_listed(
    as_role: Roles, world: verbs.World, tenant: Tenant
) -> None:
    device = factories.device(tenant)
    client, body = as_role("engineer"), {"input": {"devices": [str(device.id)]}}
    token = call(client, "test.unit.wipe", body).json()["confirmation"]
    call(client, "test.unit.wipe", {**body, "confirmation": token})
    call(client, "test.note.write", {"input": {"text": "x"}})
    (approval,) = client.get("/api/v1/approvals/?state=pending").json()["items"]
    assert approval["plan"]["targets"][0]["id"] == str(device.id)
    found = client.get("/api/v1/audit/?operation=test.note.write").json()["items"]
    assert [row["entry"] for row in found] == ["outcome", "intent"]
    assert found[0]["intent_id"] == found[1]["id"]
    assert client.get(f"/api/v1/audit/{found[0]['id']}/").json()["after"] == "x"
    stranger = as_role("admin", of=factories.tenant())
    assert stranger.get("/api/v1/audit/").json()["items"] == []
    assert said(stranger.get(f"/api/v1/approvals/{approval['id']}/")) == (404, "not_found")


def test_a_jobs_log_is_followed_by_line(as_role: Roles, tenant: Tenant) -> None:
    job = factories.job(factories.actor_of("engineer", tenant))
    for number in range(5):
        job_log(job, f"line {number}")
    client, address = as_role("viewer"), f"/api/v1/jobs/{job.id}/log/"
    first = client.get(f"{address}?limit=3").json()
    assert [line["message"] for line in first["items"]] == ["line 0", "line 1", "line 2"]
    rest = client.get(f"{address}?after={first['next']}").json()
    assert [line["message"] for line in rest["items"]] == ["line 3", "line 4"]
    assert client.get(f"{address}?after={rest['next']}").json() == {
        "items": [],
        "next": rest["next"],
    }
    assert said(client.get(f"{address}?after=x")) == (422, "invalid")
    assert said(client.get(f"{address}?before=1")) == (422, "invalid")


def test_a_foreign_jobs_log_is_not_there(as_role: Roles) -> None:
    theirs = factories.job(factories.actor_of("engineer", factories.tenant()))
    assert said(as_role().get(f"/api/v1/jobs/{theirs.id}/log/")) == (404, "not_found")


RESOURCES: list[type[Resource]] = [
    Sites,
    Devices,
    Targets,
    Jobs,
    Schedules,
    Policies,
    Approvals,
    AuditEntries,
]


@pytest.mark.parametrize("resource", RESOURCES)
def test_secrets_are_in_no_shape(resource: type[Resource]) -> None:
    names = {name for name in resource.columns if "sealed" in name or "digest" in name}
    assert names == set()


@pytest.mark.parametrize("kind", MAKERS)
def test_a_row_has_the_declared_shape(kind: str, as_role: Roles, tenant: Tenant) -> None:
    declared = {
        "sites": Sites,
        "devices": Devices,
        "targets": Targets,
        "jobs": Jobs,
        "schedules": Schedules,
        "policies": Policies,
    }[kind]
    MAKERS[kind](tenant)
    (row,) = as_role("admin").get(f"/api/v1/{kind}/").json()["items"][:1]
    assert set(row) == set(declared.serializer_class().fields)


@pytest.mark.django_db(transaction=True)
def test_events_are_paged_and_filtered() -> None:
    mine, theirs = factories.tenant(), factories.tenant()
    for number in range(7):
        owner = theirs if number % 3 == 0 else mine
        publish(HealthChanged(check=f"c{number}", status="ok"), tenant_id=owner.id)
    key = factories.api_key(factories.user(mine, "viewer"))
    client = Client(headers={"X-API-Key": key})
    first = client.get("/api/v1/events/?limit=2").json()
    assert [one["data"]["check"] for one in first["items"]] == ["c1", "c2"]
    assert first["more"] is True
    rest = client.get(f"/api/v1/events/?cursor={first['next']}").json()
    assert [one["data"]["check"] for one in rest["items"]] == ["c4", "c5"]
    assert rest["more"] is False
    assert client.get("/api/v1/events/?cursor=end").json()["items"] == []
    publish(HealthChanged(check="late", status="ok"), tenant_id=mine.id)
    late = client.get(f"/api/v1/events/?cursor={rest['next']}").json()["items"]
    assert [one["data"]["check"] for one in late] == ["late"]
    none = client.get("/api/v1/events/?type=fleet.device.lost").json()
    assert none["items"] == []
    for wrong in ("x", "1-", "-1", f"1-{'9' * 30}"):
        assert said(client.get(f"/api/v1/events/?cursor={wrong}")) == (422, "invalid")
