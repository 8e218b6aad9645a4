"""Cores, components, miners, schedules and evidence, read one by one and page by page."""

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models.rollout import Member, Phase, Rollout
from apps.jobs.models import Schedule
from apps.kernel.ids import new_id
from apps.mcp.resources import pages, shelves
from apps.qsys.models import Control, ControlPolicy
from tests.support import factories, verbs
from tests.unit.mcp.asking import ask, call, complete, read
from tests.unit.mcp.conftest import KeyOf
from tests.unit.mcp.scene import Plant, plant


@pytest.fixture
def site(tenant: Tenant) -> Plant:
    return plant(tenant)


@pytest.mark.parametrize("name", ["Lobby Core", "id"])
def test_a_core_is_read_by_name_or_id(key_of: KeyOf, site: Plant, name: str) -> None:
    asked = str(site.core.id) if name == "id" else "Lobby%20Core"
    found = read(key_of("viewer"), f"qsys://cores/{asked}")
    assert found["id"] == str(site.core.id)
    assert found["reported"]["engine"] == "Active"
    assert found["reported"]["design"] == "House"


def test_components_are_counted_and_led_to(
    key_of: KeyOf, site: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "PAGE", 1)
    key = key_of("viewer")
    first = read(key, f"qsys://components/{site.core.id}")
    assert first["items"] == [{"controls": 2, "reported": "Lobby Gain"}]
    second = read(key, first["next"])
    assert second["items"] == [{"controls": 1, "reported": "Page/Router 1"}]
    assert "next" not in second


def test_a_component_tells_its_controls_as_last_seen(
    key_of: KeyOf, site: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE", 1)
    key, values = key_of("viewer"), []
    uri = "qsys://components/Lobby%20Core/Lobby%20Gain"
    while uri:
        body = read(key, uri)
        values += [(one["reported"]["control"], one["reported"]["value"]) for one in body["items"]]
        uri = body.get("next", "")
    assert sorted(values) == [("gain", -12.5), ("mute", 0.0)]


def test_a_component_with_a_slash_in_its_name_is_found(key_of: KeyOf, site: Plant) -> None:
    body = read(key_of("viewer"), f"qsys://components/{site.core.id}/Page%2FRouter%201")
    assert [one["reported"]["control"] for one in body["items"]] == ["select.1"]
    assert 30 <= body["items"][0]["age_seconds"] < 90


def test_controls_of_an_older_design_are_gone(key_of: KeyOf, site: Plant) -> None:
    Control.system.filter(component="Lobby Gain").update(design_code="old")
    body = read(key_of("viewer"), f"qsys://components/{site.core.id}")
    assert [one["reported"] for one in body["items"]] == ["Page/Router 1"]


def test_a_policy_is_read(key_of: KeyOf, tenant: Tenant, site: Plant) -> None:
    made = ControlPolicy.system.create(
        tenant=tenant, device=site.core, site_path="", name="Show", controls=["*"], protected=True
    )
    key = key_of("viewer", site_path="/plant/hall-a/")
    found = read(key, f"qsys://policies/{made.id}")
    assert (found["protected"], found["reported"]["name"]) == (True, "Show")
    assert [one["id"] for one in read(key, "qsys://policies")["items"]] == [str(made.id)]
    missing = ask(key, "resources/read", {"uri": f"qsys://policies/{new_id()}"}).error
    assert missing["data"]["code"] == "not_found"


def test_a_miner_tells_its_power(key_of: KeyOf, site: Plant) -> None:
    key = key_of("viewer")
    found = read(key, "miners://miners/Miner%2007")
    assert (found["id"], found["power_target_watts"]) == (str(site.miner.id), 3_000)
    assert found["liveness"] == "lost"
    assert [one["id"] for one in read(key, "miners://miners")["items"]] == [str(site.miner.id)]


def rollout(of: Tenant, name: str, devices: int) -> Rollout:
    made = Rollout.system.create(
        tenant_id=of.id,
        name=name,
        operation="miners.firmware.upgrade",
        sealed_input=b"",
        site_path="/plant/",
        created_by="olga",
        sentence="Waits at its gate.",
    )
    phase = Phase.objects.create(rollout=made, number=0, name="canary", rules={})
    for place in range(devices):
        miner = factories.device(of, kind="miner", name=f"Miner {place}")
        Member.system.create(rollout=made, phase=phase, device=miner, place=place)
    return made


def test_a_rollout_is_read_with_its_devices_page_by_page(
    key_of: KeyOf, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "PAGE", 2)
    mine, foreign = rollout(tenant, "Spring", 3), rollout(factories.tenant(), "Theirs", 1)
    key = key_of("viewer")
    listed = read(key, "fleet://rollouts")["items"]
    assert [(one["id"], one["reported"]["name"]) for one in listed] == [(str(mine.id), "Spring")]
    found = read(key, f"fleet://rollouts/{mine.id}")
    assert (found["total"], found["reported"]["sentence"]) == (3, "Waits at its gate.")
    assert (found["phases"][0]["queued"], found["phases"][0]["reported"]["name"]) == (3, "canary")
    rest = read(key, found["next"])
    names = [one["reported"]["name"] for one in (*found["members"], *rest["members"])]
    assert names == ["Miner 0", "Miner 1", "Miner 2"]
    assert "next" not in rest
    template = {"type": "ref/resource", "uri": "fleet://rollouts/{rollout}"}
    for typed in ("spr", str(mine.id)[:30], ""):
        found = complete(key, template, "rollout", typed).result["completion"]
        assert found["values"] == [str(mine.id)]
    error = ask(key, "resources/read", {"uri": f"fleet://rollouts/{foreign.id}"}).error
    assert (error["code"], error["data"]["code"]) == (-32602, "not_found")


def test_an_entry_of_the_audit_is_read(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    call(key, "test_note_write", {"text": "x", "reason": "to see"})
    newest = read(key, "audit://entries")["items"][0]
    found = read(key, f"audit://entries/{newest['id']}")
    assert found["reported"]["operation"] == "test.note.write"
    assert found["reported"]["reason"] == "to see"


def test_a_schedule_is_read(key_of: KeyOf, tenant: Tenant) -> None:
    made = Schedule.system.create(
        tenant_id=tenant.id, name="Nightly", operation="x.y.z", cron="0 1 * * *", owner_id=new_id()
    )
    key = key_of("viewer")
    assert read(key, f"jobs://schedules/{made.id}")["reported"]["name"] == "Nightly"
    assert [one["id"] for one in read(key, "jobs://schedules")["items"]] == [str(made.id)]


@pytest.mark.parametrize(
    "uri",
    [
        "qsys://cores/{core}",
        "qsys://components/{core}",
        "qsys://components/{core}/Lobby%20Gain",
        "miners://miners/{miner}",
        "fleet://devices/Lobby%20Core",
        "qsys://components",
        "qsys://cores?after=x",
        "answers://kept/{core}/devices",
        "answers://kept/{core}",
    ],
)
def test_what_is_out_of_reach_is_not_there(key_of: KeyOf, site: Plant, uri: str) -> None:
    asked = uri.format(core=site.core.id, miner=site.miner.id)
    error = ask(key_of(site_path="/other/"), "resources/read", {"uri": asked}).error
    assert (error["code"], error["data"]["code"]) == (-32602, "not_found")


def test_a_device_that_was_never_polled_is_no_core_yet(key_of: KeyOf, tenant: Tenant) -> None:
    new = factories.device(tenant)
    error = ask(key_of(), "resources/read", {"uri": f"qsys://cores/{new.id}"}).error
    assert error["data"]["code"] == "not_found"
