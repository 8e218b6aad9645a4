from typing import Any

import pytest
from django.db import transaction
from pydantic import BaseModel

from apps.accounts.models import Tenant
from apps.accounts.selectors import actor_of
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet import breaker, drivers, sessions
from apps.fleet.models import Credential, Device, DeviceState, DeviceStatus, Site, Target
from apps.fleet.operations import OPERATIONS
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations import approvals
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status
from tests.support import factories
from tests.unit.fleet.support import EchoDevice, EchoDriver

pytestmark = pytest.mark.usefixtures("door")

SECRET = "hunter2-very-secret"
NEW = {"name": "New", "driver": "echo", "site": "/plant/", "address": "10.0.0.5"}


@pytest.fixture
def engineer(tenant: Tenant, allow: Any) -> Actor:
    allow("10.0.0.0/8")
    factories.site_tree(tenant)
    return factories.actor_of("engineer", tenant)


def call(actor: Actor, operation: str, /, *, face: Face = Face.REST, **data: Any) -> Outcome:
    extra = {name: data.pop(name) for name in ("confirmation", "dry_run", "key") if name in data}
    return invoke(Call(operation=f"fleet.{operation}", input=data, actor=actor, face=face, **extra))


def output(actor: Actor, operation: str, /, **data: Any) -> dict[str, Any]:
    outcome = call(actor, operation, **data)
    assert outcome.status is Status.OK
    assert outcome.output is not None
    return outcome.output


def refusal(actor: Actor, operation: str, /, **data: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        call(actor, operation, **data)
    return caught.value


def everything() -> tuple[Any, ...]:
    """All that an operation of fleet could change."""
    return (
        list(Device.system.order_by("id").values()),
        list(Site.system.order_by("id").values()),
        list(Credential.objects.order_by("id").values()),
        Outbox.objects.exclude(type="operations.call.finished").count(),
    )


# -- declarations


def test_summaries_are_sentences_for_people() -> None:
    for operation in OPERATIONS:
        assert operation.summary[0].isupper()
        assert operation.summary.endswith(".")
        assert operation.input.__doc__
        assert operation.output.__doc__


#: Verbs that need only the thing itself share one input.
SHARED = {
    "fleet.rollout.pause": "FleetRolloutIn",
    "fleet.rollout.advance": "FleetRolloutIn",
    "fleet.route.delete": "FleetRouteIn",
    "fleet.route.test": "FleetRouteIn",
}


def test_schemas_follow_their_operation_s_name() -> None:
    for operation in OPERATIONS:
        stem = "".join(part.title() for part in operation.name.split("."))
        assert operation.input.__name__ == SHARED.get(operation.name, f"{stem}In")
        assert issubclass(operation.output, BaseModel)


def test_assistants_get_the_curated_reads_and_may_stop_everything() -> None:
    shown = {operation.name for operation in OPERATIONS if Face.MCP in operation.faces}
    assert shown == {
        "fleet.device.list",
        "fleet.device.probe",
        "fleet.summary.get",
        "fleet.breaker.status",
        "fleet.stop.list",
        "fleet.stop.set",
        "fleet.rollout.create",
        "fleet.rollout.start",
        "fleet.rollout.pause",
        "fleet.rollout.cancel",
        "fleet.rollout.get",
        "fleet.alert.acknowledge",
        "fleet.alert.get",
        "fleet.alert.list",
        "fleet.route.list",
        "fleet.rule.list",
        "fleet.silence.create",
    }
    changing = {one.name for one in OPERATIONS if one.name in shown and one.changes}
    rollouts = {name for name in changing if name.startswith("fleet.rollout.")}
    assert changing - rollouts == {
        "fleet.alert.acknowledge",
        "fleet.silence.create",
        "fleet.stop.set",
    }
    assert rollouts == {name for name in shown if "rollout" in name} - {"fleet.rollout.get"}


# -- denied means nothing happened


INPUTS: dict[str, dict[str, Any]] = {
    "device.register": NEW,
    "device.edit": {"device": "Lobby", "name": "Stolen"},
    "device.tag": {"devices": ["Lobby"], "add": ["mine"]},
    "device.decommission": {"devices": ["Lobby"]},
    "credential.set": {"device": "Lobby", "secrets": {"pin": SECRET}},
    "device.import": {"csv": "name,driver,site,address\nN,echo,/plant/,10.0.0.1\n"},
    "site.create": {"slug": "mine", "name": "Mine", "kind": "site"},
    "breaker.reset": {"device": "Lobby"},
    "stop.set": {"site": "/plant/"},
    "stop.lift": {"stop": str(new_id())},
}


#: What has tests of its own kind, in `rollouts/` and `alerts/`.
ELSEWHERE = (
    *("rollout", "window", "alert", "silence", "rule", "route", "delivery"),
    *("range", "circuit"),
)


def test_the_list_of_changes_is_whole() -> None:
    changing = {operation.name for operation in OPERATIONS if operation.changes}
    elsewhere = {name for name in changing if name.split(".")[1] in ELSEWHERE}
    assert changing - elsewhere == {f"fleet.{name}" for name in INPUTS}


@pytest.mark.parametrize("operation", sorted(INPUTS))
@pytest.mark.parametrize("who", ["viewer", "approver"])
def test_without_the_permission_nothing_happens(
    engineer: Actor, tenant: Tenant, operation: str, who: str
) -> None:
    factories.device(tenant, name="Lobby", driver="echo")
    before = everything()
    failure = refusal(factories.actor_of(who, tenant), operation, **INPUTS[operation])
    assert failure.code is Code.FORBIDDEN
    assert everything() == before
    assert AuditLog.system.get(entry="denied").verdict == "forbidden"


@pytest.mark.parametrize("operation", sorted(set(INPUTS) - {"site.create", "device.import"}))
def test_another_tenant_s_things_are_not_there(
    engineer: Actor, tenant: Tenant, operation: str
) -> None:
    factories.device(tenant, name="Lobby", driver="echo")
    before = everything()
    foreign = factories.actor_of("admin")
    assert refusal(foreign, operation, **INPUTS[operation]).code is Code.NOT_FOUND
    assert everything() == before


def test_an_engineer_of_one_hall_cannot_reach_the_other(engineer: Actor, tenant: Tenant) -> None:
    factories.device(tenant, name="B", driver="echo", site_path="/plant/hall-b/")
    local = factories.actor_of("engineer", tenant, site_path="/plant/hall-a/")
    before = everything()
    assert refusal(local, "device.edit", device="B", name="x").code is Code.NOT_FOUND
    there = {**NEW, "site": "/plant/hall-b/"}
    assert refusal(local, "device.register", **there).code is Code.NOT_FOUND
    assert refusal(local, "site.create", slug="x", name="X", kind="site").code is Code.NOT_FOUND
    assert everything() == before
    mine = factories.device(tenant, name="A", driver="echo", site_path="/plant/hall-a/")
    failure = refusal(local, "device.edit", device=str(mine.id), site="/plant/hall-b/")
    assert failure.code is Code.NOT_FOUND


# -- changes


def test_registering_leaves_evidence_and_an_event(engineer: Actor) -> None:
    out = output(engineer, "device.register", **NEW)
    device = Device.system.get(name="New")
    assert out["id"] == str(device.id)
    row = AuditLog.system.get(entry="outcome", operation="fleet.device.register")
    assert row.after is not None
    assert row.after["address"] == "10.0.0.5"
    assert Outbox.objects.filter(type="fleet.device.changed", device_id=device.id).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a\nb"),
        ("name", "a\x00b"),
        ("name", " a"),
        ("site", "/Plant/"),
        ("site", "plant"),
        ("mac", "00:11:22"),
        ("ports", {"qrc": 70000}),
        ("ports", {"a=b": 1}),
        ("tags", ["a;b"]),
        ("address", "10.0.0.5\r\n"),
        ("shard", 1),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_registered(
    engineer: Actor, field: str, value: Any
) -> None:
    before = everything()
    failure = refusal(engineer, "device.register", **{**NEW, field: value})
    assert failure.code is Code.INVALID
    assert failure.errors[0].path.startswith(field)
    assert everything() == before


def test_a_mac_is_kept_in_one_spelling(engineer: Actor) -> None:
    assert output(engineer, "device.register", **NEW, mac="0011.2233.AABB")["mac"] == (
        "00:11:22:33:aa:bb"
    )


def test_an_edit_tells_before_and_after(engineer: Actor) -> None:
    output(engineer, "device.register", **NEW)
    out = output(engineer, "device.edit", device="New", name="Foyer", site="/plant/hall-a/")
    assert out["before"] == {"name": "New", "site": "/plant/"}
    assert out["after"] == {"name": "Foyer", "site": "/plant/hall-a/"}
    assert out["device"]["site"] == "/plant/hall-a/"


def test_an_edit_of_nothing_is_refused(engineer: Actor) -> None:
    output(engineer, "device.register", **NEW)
    assert refusal(engineer, "device.edit", device="New").code is Code.INVALID


def test_tags_are_put_on_several_devices_at_once(engineer: Actor, tenant: Tenant) -> None:
    devices = [factories.device(tenant, name=name, driver="echo") for name in ("A", "B")]
    names = ["A", "B", str(devices[0].id)]
    out = output(engineer, "device.tag", devices=names, add=["hall"])
    assert out == {"before": {"A": [], "B": []}, "after": {"A": ["hall"], "B": ["hall"]}}


def test_a_secret_goes_in_and_is_seen_nowhere(engineer: Actor) -> None:
    output(engineer, "device.register", **NEW)
    out = output(engineer, "credential.set", device="New", secrets={"pin": SECRET})
    assert out["fields"] == ["pin"]
    texts = [str(row) for row in AuditLog.system.values()] + [
        str(row) for row in Outbox.objects.values()
    ]
    assert texts
    assert not any(SECRET in text for text in texts)


def test_sites_are_made_under_sites(engineer: Actor) -> None:
    out = output(
        engineer, "site.create", parent="/plant/hall-a/", slug="r9", name="Rack 9", kind="rack"
    )
    assert out["path"] == "/plant/hall-a/r9/"
    failure = refusal(
        engineer, "site.create", parent="/plant/hall-a/", slug="r9", name="x", kind="rack"
    )
    assert failure.code is Code.CONFLICT


# -- decommissioning takes two


def test_decommissioning_needs_a_plan_and_a_second_person(engineer: Actor, tenant: Tenant) -> None:
    device = factories.device(tenant, name="Lobby", driver="echo")
    busy = factories.device(tenant, name="Busy", driver="echo")
    Target.system.create(
        tenant_id=tenant.id, job_id=new_id(), device=busy, operation="x.y.z", state="sent"
    )
    wanted: dict[str, Any] = {"devices": ["Lobby", "Busy"]}
    planned = call(engineer, "device.decommission", **wanted)
    assert planned.status is Status.NEEDS_CONFIRMATION
    assert planned.plan is not None
    assert [str(no.target) for no in planned.plan.refusals] == [str(busy.id)]
    asked = call(engineer, "device.decommission", confirmation=planned.confirmation, **wanted)
    assert asked.status is Status.NEEDS_APPROVAL
    assert asked.approval is not None
    assert Device.system.filter(status=DeviceStatus.ACTIVE).count() == 2
    with transaction.atomic():
        approver = factories.actor_of("approver", tenant)
        approvals.decide(approver, asked.approval.id, grant=True, comment="")
    done = call(engineer, "device.decommission", confirmation=asked.confirmation, **wanted)
    assert done.status is Status.OK
    assert done.output is not None
    assert done.output["decommissioned"] == [str(device.id)]
    assert list(done.output["refused"]) == [str(busy.id)]
    left = Device.system.filter(status=DeviceStatus.ACTIVE).values_list("name", flat=True)
    assert list(left) == ["Busy"]


def test_a_device_held_by_a_job_alone_cannot_be_decommissioned(
    engineer: Actor, tenant: Tenant
) -> None:
    busy = factories.device(tenant, name="Busy", driver="echo")
    job = new_id()
    Target.system.create(tenant_id=tenant.id, job_id=job, device=busy, operation="x.y.z")
    failure = refusal(engineer, "device.decommission", devices=["Busy"])
    assert failure.code is Code.CONFLICT
    assert str(job) in failure.detail


# -- import and export


CSV = (
    "name,driver,site,address\n"
    "A,echo,/plant/,10.0.0.1\n"
    "B,echo,/nowhere/,10.0.0.2\n"
    "C,echo,/plant/hall-a/,10.0.0.3\n"
)


def test_one_bad_row_stops_the_import(engineer: Actor) -> None:
    before = everything()
    failure = refusal(engineer, "device.import", csv=CSV)
    assert failure.code is Code.INVALID
    assert failure.errors[0].path == "csv.line 3"
    assert everything() == before


def test_a_dry_run_shows_every_row_and_writes_nothing(engineer: Actor) -> None:
    before = everything()
    outcome = call(engineer, "device.import", csv=CSV, dry_run=True)
    assert outcome.status is Status.PLANNED
    assert outcome.plan is not None
    assert [target.label for target in outcome.plan.targets] == ["A", "B", "C"]
    assert [change.what for change in outcome.plan.changes] == ["line 2", "line 4"]
    assert len(outcome.plan.refusals) == 1
    assert everything() == before


def test_valid_rows_alone_are_taken_when_asked(engineer: Actor) -> None:
    out = output(engineer, "device.import", csv=CSV, valid_only=True)
    assert out["created"] == 2
    assert [row["verdict"] for row in out["rows"]] == ["create", "refused", "create"]
    assert set(Device.system.values_list("name", flat=True)) == {"A", "C"}
    again = output(engineer, "device.import", csv=CSV, valid_only=True)
    assert again["created"] == 0


def test_a_name_taken_out_of_sight_refuses_its_row(engineer: Actor, tenant: Tenant) -> None:
    factories.device(tenant, name="A", driver="echo", site_path="/plant/hall-b/")
    local = factories.actor_of("engineer", tenant, site_path="/plant/hall-a/")
    text = (
        "name,driver,site,address\nA,echo,/plant/hall-a/,10.0.0.1\nC,echo,/plant/hall-a/,10.0.0.3\n"
    )
    assert refusal(local, "device.import", csv=text).code is Code.INVALID
    assert not Device.system.filter(name="C").exists()
    out = output(local, "device.import", csv=text, valid_only=True)
    assert [row["verdict"] for row in out["rows"]] == ["refused", "create"]


class OtherDriver(EchoDriver):
    name = "second"


HALLS = "name,driver,site,address,serial,tags,slot\n"


def there(tenant: Tenant) -> Device:
    """A registered device with a serial number, a model and tags."""
    return factories.device(
        tenant, name="A", driver="echo", address="10.0.0.1", serial="S1", model="M", tags=["x"]
    )


def test_a_row_changes_the_device_it_names_when_asked(engineer: Actor, tenant: Tenant) -> None:
    device = there(tenant)
    text = HALLS + "A,echo,/plant/hall-a/,10.0.0.2,,b;c,U12\nN,echo,/plant/,10.0.0.3,,,\n"
    before = everything()
    failure = refusal(engineer, "device.import", csv=text)
    assert "set update to change that one" in failure.errors[0].message
    plan = call(engineer, "device.import", csv=text, update=True, dry_run=True).plan
    assert plan is not None
    assert (plan.changes[0].before, plan.changes[0].after) == (
        {"site": "/plant/", "address": "10.0.0.1", "serial": "S1", "tags": ["x"], "slot": ""},
        {
            "site": "/plant/hall-a/",
            "address": "10.0.0.2",
            "serial": "",
            "tags": ["b", "c"],
            "slot": "U12",
        },
    )
    assert everything() == before
    out = output(engineer, "device.import", csv=text, update=True)
    assert (out["created"], out["changed"]) == (1, 1)
    after = Device.system.get(name="A")
    assert (after.id, after.site_path, after.address, after.serial, after.tags, after.slot) == (
        device.id,
        "/plant/hall-a/",
        "10.0.0.2",
        "",
        ["b", "c"],
        "U12",
    )
    assert after.model == "M", "the text has no such column"
    assert output(engineer, "device.import", csv=text, update=True)["changed"] == 0
    whole = output(engineer, "device.export")["csv"]
    rows = output(engineer, "device.import", csv=whole, update=True)["rows"]
    assert {row["verdict"] for row in rows} == {"unchanged"}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("A,other,/plant/,10.0.0.1,S1,x,U1", "There is no driver"),
        ("A,second,/plant/,10.0.0.1,S1,x,U1", "cannot change; decommission"),
        ("A,echo,/plant/,192.168.0.1,S1,x,U1", "allowed device networks"),
        ("A,echo,/plant/,10.0.0.1,S1,x,U1234567890123456789012", "at most 20 characters"),
        ("A,echo,/plant/,10.0.0.1,S2,x,U1", "that serial number already"),
    ],
)
def test_a_row_that_cannot_change_its_device_changes_nothing(
    engineer: Actor, tenant: Tenant, row: str, says: str
) -> None:
    drivers.install([EchoDriver(), OtherDriver()])
    there(tenant)
    factories.device(tenant, name="B", driver="echo", serial="S2")
    before = everything()
    text = f"{HALLS}N,echo,/plant/,10.0.0.9,,,\n{row}\n"
    failure = refusal(engineer, "device.import", csv=text, update=True)
    assert says in failure.errors[0].message
    assert everything() == before


def test_a_device_of_another_place_is_not_changed(engineer: Actor, tenant: Tenant) -> None:
    """Who may look at it, and may not configure it, is told so."""
    there(tenant)
    user = factories.user(tenant, "viewer")
    factories.grant(user, "engineer", site_path="/plant/hall-a/")
    local = actor_of(user)
    before = everything()
    text = HALLS + "A,echo,/plant/hall-a/,10.0.0.1,S1,x,U1\n"
    failure = refusal(local, "device.import", csv=text, update=True)
    assert "you may not change it" in failure.errors[0].message
    assert everything() == before


def test_many_changed_rows_need_a_second_person(engineer: Actor, tenant: Tenant) -> None:
    Tenant.objects.filter(id=tenant.id).update(batch_threshold=1)
    for number in range(2):
        factories.device(tenant, name=f"D{number}", driver="echo", address="10.0.0.1")
    before = everything()[:3]
    text = HALLS + "D0,echo,/plant/,10.0.0.1,,,1\nD1,echo,/plant/,10.0.0.1,,,2\n"
    outcome = call(engineer, "device.import", csv=text, update=True)
    assert outcome.status is Status.NEEDS_CONFIRMATION
    again = call(
        engineer, "device.import", csv=text, update=True, confirmation=outcome.confirmation
    )
    assert again.status is Status.NEEDS_APPROVAL
    assert everything()[:3] == before


def test_an_export_reads_back_and_leaves_evidence(engineer: Actor) -> None:
    output(engineer, "device.import", csv=CSV, valid_only=True)
    text = output(engineer, "device.export")["csv"]
    rows = output(engineer, "device.import", csv=text)["rows"]
    assert {row["verdict"] for row in rows} == {"unchanged"}
    assert AuditLog.system.filter(operation="fleet.device.export", verdict="ok").count() == 1


# -- reads


def test_the_list_filters_and_pages(engineer: Actor, tenant: Tenant) -> None:
    for name, place, tags in (
        ("A1", "/plant/hall-a/", ["x"]),
        ("A2", "/plant/hall-a/rack-1/", []),
        ("B1", "/plant/hall-b/", ["x"]),
    ):
        factories.device(tenant, name=name, site_path=place, tags=tags, driver="echo")

    def names(**filters: Any) -> list[str]:
        return [row["name"] for row in output(engineer, "device.list", **filters)["devices"]]

    assert names() == ["A1", "A2", "B1"]
    assert names(site="/plant/hall-a/") == ["A1", "A2"]
    assert names(tag="x") == ["A1", "B1"]
    assert names(text="b") == ["B1"]
    assert names(kind="miner") == []
    assert names(limit=1, offset=1) == ["A2"]
    assert output(engineer, "device.list", limit=1)["total"] == 3
    local = factories.actor_of("viewer", tenant, site_path="/plant/hall-b/")
    assert [row["name"] for row in output(local, "device.list")["devices"]] == ["B1"]


def test_the_summary_counts_what_the_caller_sees(engineer: Actor, tenant: Tenant) -> None:
    factories.device(tenant, site_path="/plant/hall-a/", driver="echo")
    lost = factories.device(tenant, kind="miner", site_path="/plant/hall-b/", driver="echo")
    DeviceState.objects.create(device=lost, liveness="lost")
    found = output(engineer, "summary.get")
    assert found["total"] == 2
    assert found["by_liveness"]["lost"] == 1
    assert found["by_kind"]["core"]["never"] == 1
    local = factories.actor_of("viewer", tenant, site_path="/plant/hall-a/")
    assert output(local, "summary.get")["total"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_change_makes_a_new_summary(allow: Any) -> None:
    tenant = factories.tenant()
    factories.site_tree(tenant)
    allow("10.0.0.0/8")
    engineer = factories.actor_of("engineer", tenant)
    assert output(engineer, "summary.get")["total"] == 0
    output(engineer, "device.register", **NEW)
    assert output(engineer, "summary.get")["total"] == 1


def test_a_probe_asks_the_device_and_compares(
    engineer: Actor, device: Device, echo: EchoDevice
) -> None:
    out = output(engineer, "device.probe", device="Echo")
    assert (out["serial"], out["same_device"]) == ("ECHO-1", True)
    echo.serial = "OTHER"
    assert output(engineer, "device.probe", device=str(device.id))["same_device"] is False
    assert not AuditLog.system.exists()


def test_a_probe_of_another_tenant_s_device_reaches_nothing(
    device: Device, echo: EchoDevice
) -> None:
    foreign = factories.actor_of("admin")
    assert refusal(foreign, "device.probe", device=str(device.id)).code is Code.NOT_FOUND
    assert echo.connections == 0


def test_breakers_are_listed_and_reset(engineer: Actor, device: Device, echo: EchoDevice) -> None:
    assert output(engineer, "breaker.status")["breakers"] == []
    for _ in range(5):
        breaker.polled(device.id, ok=False)
    (row,) = output(engineer, "breaker.status")["breakers"]
    assert (row["name"], row["state"], row["failures"]) == ("Echo", "open", 5)
    assert refusal(engineer, "device.probe", device="Echo").code is Code.BREAKER_OPEN
    out = output(engineer, "breaker.reset", device="Echo")
    assert out == {"before": "open", "after": "closed"}
    assert output(engineer, "device.probe", device="Echo")["serial"] == "ECHO-1"
    assert output(engineer, "breaker.status", device="Echo")["breakers"][0]["state"] == "closed"
    sessions.drop(device)
