"""What people do about alerts, and that it is written down."""

from typing import Any

import orjson
import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet.alerts import services
from apps.fleet.models import Alert, AlertSetting, Delivery, Route, Silence
from apps.kernel.errors import Code
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from tests.support import factories
from tests.unit.fleet.alerts.conftest import HOT, SECRET, Yard

WEBHOOK = {"channel": "webhook", "url": "https://hooks.example/T0/B0", "secret": SECRET}


def test_alerts_come_worst_first_and_rolled_up(yard: Yard) -> None:
    yard.hot("a", "b", "c")
    factories.site(yard.tenant, "/plant/rack-8/")
    yard.call("rule.set", rule=HOT.name, site="/plant/rack-8/", severity="critical")
    yard.hot("d", site_path="/plant/rack-8/")
    found = yard.call("alert.list")
    assert found["total"] == 4
    assert [one["summary"] for one in found["groups"]] == [
        "Rack-8: d too hot",
        "Rack-7: 3 devices too hot",
    ]
    assert found["alerts"][0]["label"] == "d"
    assert yard.call("alert.list", site="/plant/rack-8/", limit=1)["total"] == 1
    assert yard.call("alert.list", rule="fleet.device.offline")["alerts"] == []
    assert yard.call("alert.list", state="resolved")["groups"] == []
    first = found["alerts"][0]
    assert yard.call("alert.get", alert=first["alert"]) == first


def test_whoever_takes_it_on_first_stays(yard: Yard) -> None:
    yard.hot("a", "b")
    ids = [str(one.id) for one in yard.alerts()]
    done = yard.call("alert.acknowledge", alerts=ids[:1], remark="On my way.")
    assert done == {"acknowledged": 1, "already": 0}
    operator = factories.actor_of("operator", yard.tenant)
    done = yard.call("alert.acknowledge", operator, alerts=ids)
    assert done == {"acknowledged": 1, "already": 1}
    first, second = yard.alerts()
    assert (first.acknowledged_by, first.remark) == (yard.engineer.label, "On my way.")
    assert (second.acknowledged_by, second.acknowledged_at) == (operator.label, yard.time.now())
    told = Outbox.objects.filter(type="fleet.alert.changed").order_by("id").last()
    assert told is not None
    assert told.payload["acknowledged_by"] == operator.label
    rows = AuditLog.system.filter(operation="fleet.alert.acknowledge", entry="outcome")
    assert {row.object_kind for row in rows} == {"alert"}


def test_one_foreign_alert_among_many_and_none_is_taken_on(yard: Yard) -> None:
    yard.hot("a")
    ids = [str(one.id) for one in yard.alerts()]
    failure = yard.refusal("alert.acknowledge", alerts=[*ids, str(new_id())])
    assert failure.code is Code.NOT_FOUND
    assert yard.alerts()[0].acknowledged_by == ""


@pytest.mark.parametrize(
    ("operation", "data", "role"),
    [
        ("alert.acknowledge", {"alerts": [str(new_id())]}, "viewer"),
        ("silence.create", {"minutes": 5, "because": "no reason"}, "viewer"),
        ("rule.set", {"rule": HOT.name, "enabled": False}, "operator"),
        ("route.create", {"name": "x", **WEBHOOK}, "operator"),
    ],
)
def test_who_may_not_changes_nothing(
    yard: Yard, operation: str, data: dict[str, Any], role: str
) -> None:
    somebody = factories.actor_of(role, yard.tenant)
    assert yard.refusal(operation, somebody, **data).code is Code.FORBIDDEN
    for model in (Silence, AlertSetting, Route, Delivery):
        assert model.system.count() == 0


def test_who_has_one_rack_silences_and_sees_that_rack(yard: Yard) -> None:
    rack = factories.actor_of("operator", yard.tenant, site_path="/plant/rack-7/")
    unit = yard.hot("unit")[0]
    yard.hot("other", site_path="/plant/rack-8/")
    assert yard.call("alert.list", rack)["total"] == 1
    for wider in ({}, {"site": "/plant/"}, {"device": "other"}):
        failure = yard.refusal("silence.create", rack, minutes=5, because="Quiet.", **wider)
        assert failure.code is Code.NOT_FOUND
    made = yard.call("silence.create", rack, device="unit", minutes=5, because="Quiet.")
    assert (made["device"], made["site"]) == (str(unit.id), "/plant/rack-7/")
    yard.tick(1)
    assert [bool(one.muted) for one in yard.alerts()] == [False, True]
    over = yard.call("silence.end", rack, silence=made["silence"])
    assert over["ended_by"] == rack.label
    assert yard.refusal("silence.end", rack, silence=made["silence"]).code is Code.CONFLICT


@pytest.mark.parametrize(
    ("silence", "muted"),
    [
        ({}, {"unit", "core"}),
        ({"kind": "miner"}, {"unit"}),
        ({"rule": HOT.name, "kind": "core"}, {"core"}),
        ({"rule": "fleet.device.offline"}, set()),
        ({"site": "/plant/rack-8/"}, {"core"}),
    ],
)
def test_a_silence_mutes_what_it_matches_until_it_lapses(
    yard: Yard, silence: dict[str, Any], muted: set[str]
) -> None:
    yard.hot("unit", kind="miner")
    yard.hot("core", site_path="/plant/rack-8/")
    yard.call("silence.create", minutes=10, because="A drill.", **silence)
    yard.tick(599)
    assert {one.label for one in yard.alerts() if one.muted} == muted
    yard.tick(1)
    assert not any(one.muted for one in yard.alerts())


def test_thresholds_are_refused_together_with_what_the_rule_says(yard: Yard) -> None:
    for data, field in (
        ({"raise_at": 70.0}, "clear_at"),
        ({"raise_at": 900.0}, "raise_at"),
        ({"clear_at": 81.0}, "clear_at"),
        ({"raise_seconds": 86_401}, "raise_seconds"),
    ):
        failure = yard.refusal("rule.set", rule=HOT.name, **data)
        assert failure.code is Code.INVALID
        assert failure.errors[0].path == field
    failure = yard.refusal("rule.set", rule="test.unit.hat", enabled=False)
    assert failure.code is Code.NOT_FOUND
    assert "test.unit.hot" in failure.detail
    assert AlertSetting.system.count() == 0


def test_rules_are_listed_with_their_places(yard: Yard) -> None:
    yard.call("rule.set", rule=HOT.name, site="/plant/", raise_at=90.0)
    found = {one["rule"]: one for one in yard.call("rule.list")["rules"]}
    assert found[HOT.name]["raise_at"] == 80
    (place,) = found[HOT.name]["places"]
    assert (place["site"], place["raise_at"], place["clear_at"]) == ("/plant/", 90, None)
    assert place["updated_by"] == yard.engineer.label


@pytest.mark.parametrize(
    "data",
    [
        {"channel": "webhook", "url": "https://hooks.example/"},
        {"channel": "webhook", "secret": SECRET},
        {**WEBHOOK, "secret": "short"},
        {**WEBHOOK, "secret": 'quote"quote"quote"quote'},
        {**WEBHOOK, "recipients": ["a@example.org"]},
        {"channel": "email"},
        {"channel": "email", "recipients": ["a@example.org\nBcc: b@example.org"]},
        {"channel": "email", "recipients": ["a@example.org"]},
        {**WEBHOOK, "rules": ["nothing.of.that"]},
    ],
)
def test_a_route_that_could_not_work_is_refused(yard: Yard, data: dict[str, Any]) -> None:
    failure = yard.refusal("route.create", name="Desk", **data)
    assert failure.code in (Code.INVALID, Code.NOT_FOUND)
    assert Route.system.count() == 0


def test_where_a_route_leads_to_is_kept_sealed_and_never_told(
    yard: Yard, settings: Any, tenant: Tenant
) -> None:
    made = yard.call("route.create", name="Desk", **WEBHOOK)
    assert made["host"] == "hooks.example"
    assert yard.refusal("route.create", name="Desk", **WEBHOOK).code is Code.CONFLICT
    row = Route.system.get()
    assert orjson.loads(keyring().unseal(bytes(row.sealed))) == {
        "url": WEBHOOK["url"],
        "secret": SECRET,
    }
    everywhere = [
        *AuditLog.system.values_list("input", "after"),
        *Outbox.objects.values_list("payload"),
        yard.call("route.list"),
    ]
    assert not any(word in str(everywhere) for word in (SECRET, "T0/B0"))
    before = bytes(row.sealed)
    assert services.routes_rotate() == 1
    row.refresh_from_db()
    assert bytes(row.sealed) != before
    gone = yard.call("route.delete", route=made["route"])
    assert gone["name"] == "Desk"
    assert Route.system.count() == 0


def test_alerts_stay_when_nobody_is_told(yard: Yard) -> None:
    yard.hot("unit")
    assert Alert.system.get().told
    assert Delivery.system.count() == 0
