"""Reading the evidence page by page, and taking it away with its proofs."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.audit import sealer
from apps.audit.models import AuditLog
from apps.audit.verify import verify
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations.builtin import audit as operations
from tests.support import factories, verbs
from tests.support.verbs import World


def listed(world: World, asker: Actor, **filters: Any) -> dict[str, Any]:
    output = world.call("audit.entry.list", filters, asker).output
    assert output is not None
    return output


def write(world: World, actor: Actor, count: int = 1, **fields: Any) -> None:
    for number in range(count):
        world.call("test.note.write", {"text": f"note {number}"}, actor, **fields)


def test_pages_hold_every_entry_once_newest_first(world: World, tenant: Tenant) -> None:
    operator, viewer = (factories.actor_of(role, tenant) for role in ("operator", "viewer"))
    write(world, operator, 4)
    seen: list[str] = []
    cursor = None
    while True:
        page = listed(world, viewer, limit=3, cursor=cursor)
        seen += [entry["id"] for entry in page["entries"]]
        write(world, operator)
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 8
    assert seen == sorted(seen, reverse=True)


def test_filters_narrow_the_list(world: World, tenant: Tenant) -> None:
    one, two = (factories.actor_of("operator", tenant) for _ in range(2))
    viewer = factories.actor_of("viewer", tenant)
    write(world, one, request_id="r1")
    write(world, two)
    now = clock.now()
    for filters, count in (
        ({"actor": one.label}, 2),
        ({"request": "r1"}, 2),
        ({"operation": "test.note.write"}, 4),
        ({"operation": "test.none"}, 0),
        ({"since": (now - timedelta(hours=1)).isoformat()}, 4),
        ({"until": (now - timedelta(hours=1)).isoformat()}, 0),
        ({"object": str(one.id)}, 0),
        ({"job": str(one.id)}, 0),
    ):
        assert len(listed(world, viewer, **filters)["entries"]) == count, filters


def test_entries_of_other_tenants_and_places_are_not_there(world: World, tenant: Tenant) -> None:
    write(world, factories.actor_of("operator"))
    here = factories.device(tenant, site_path="/plant/hall-a/")
    there = factories.device(tenant, site_path="/plant/hall-b/")
    operator = factories.actor_of("operator", tenant)
    for device in (here, there):
        world.call("test.unit.tag", {"devices": [str(device.id)]}, operator)
    local = factories.actor_of("viewer", tenant, site_path="/plant/hall-a/")
    found = {entry["device_id"] for entry in listed(world, local)["entries"]}
    assert found == {str(here.id)}


@pytest.mark.django_db(transaction=True)
def test_export_is_sound_elsewhere_and_shows_nothing_foreign(world: World) -> None:
    tenant = factories.tenant()
    admin = factories.actor_of("admin", tenant)
    write(world, admin, 2)
    write(world, factories.actor_of("operator"), 3)
    sealer.seal_all()
    output = world.call("audit.trail.export", {}, admin, reason="audit 2026").output
    assert output is not None
    lines = output["jsonl"].splitlines()
    report = verify(lines, output["manifest"])
    assert report.problems == []
    assert report.entries == 10
    own = [json.loads(line)["entry"] for line in lines if '"entry"' in line]
    assert {entry["tenant_id"] for entry in own} == {str(tenant.id)}
    assert len(own) == 4
    kept = world.call("audit.checkpoint", {}, admin).output
    assert kept is not None
    assert (kept["number"], kept["hash"]) == (1, report.last_hash)
    (evidence,) = AuditLog.system.filter(operation="audit.trail.export")
    assert (evidence.verdict, evidence.reason) == ("ok", "audit 2026")


@pytest.mark.django_db(transaction=True)
def test_long_trail_is_exported_in_parts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = factories.actor_of("admin")
    for _ in range(2):
        write(world, admin, 2)
        sealer.seal_all()
    monkeypatch.setattr(operations, "MOST_EXPORTED", 4)
    with pytest.raises(Failure) as caught:
        world.call("audit.trail.export", {}, admin)
    assert caught.value.errors[0].path == "last"
    second = world.call("audit.trail.export", {"first": 2, "last": 2}, admin).output
    assert second is not None
    assert verify(second["jsonl"].splitlines(), second["manifest"]).problems == []


def test_nothing_sealed_yet_is_said(world: World, tenant: Tenant) -> None:
    admin = factories.actor_of("admin", tenant)
    with pytest.raises(Failure) as caught:
        world.call("audit.trail.export", {}, admin)
    assert caught.value.code is Code.INVALID
    kept = world.call("audit.checkpoint", {}, admin).output
    assert kept is not None
    assert kept["number"] == 0


def test_export_is_for_administrators_of_the_whole_tenant(world: World, tenant: Tenant) -> None:
    for actor, code in (
        (factories.actor_of("engineer", tenant), Code.FORBIDDEN),
        (factories.actor_of("admin", tenant, site_path="/plant/"), Code.NOT_FOUND),
    ):
        with pytest.raises(Failure) as caught:
            world.call("audit.trail.export", {}, actor)
        assert caught.value.code is code
    assert {entry for entry, _ in verbs.entries()} == {"denied"}
