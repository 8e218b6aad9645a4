"""Two tenants, told apart by a marker: every model has a row in the first that bears it."""

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Thread
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import orjson
from django.db import connection, transaction
from oauth2_provider.models import AccessToken, Grant, RefreshToken

from apps.accounts.assistants import assistant_connect, assistant_disconnect, client_register
from apps.accounts.models import ApiKey, Assistant, Role, Tenant, User
from apps.accounts.selectors import actor_of, assistant_actor
from apps.accounts.services import token_issue
from apps.accounts.tokens import checksum
from apps.audit.models import Seal
from apps.audit.services import Act, Subject, intent
from apps.events.publish import publish
from apps.events.types import DeviceFound
from apps.fleet.models import (
    Alert,
    AlertRound,
    AlertSetting,
    Circuit,
    Credential,
    Delivery,
    Device,
    DeviceLease,
    DeviceState,
    DiscoveryRange,
    EmergencyStop,
    MaintenanceWindow,
    Member,
    Phase,
    Rollout,
    Route,
    Shard,
    Silence,
    Target,
)
from apps.fleet.services import credential_set, stop_set
from apps.jobs.models import JobLog, Schedule
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.kernel.partitions import ensure
from apps.miners.models import (
    CurtailedMiner,
    Curtailment,
    CurtailmentSample,
    CurtailmentTrigger,
    Find,
    FirmwareImage,
    Miner,
    MinerHour,
    MinerMinute,
    MinerSample,
    MinerSnapshot,
    PlaceHour,
    PlaceMinute,
    PoolTemplate,
    PricePoint,
    RollupMark,
    SupportArchive,
    TrustedKey,
)
from apps.miners.models.sample import SAMPLES
from apps.operations.models import Approval, IdempotencyKey
from apps.qsys.models import (
    PARTITIONED,
    Control,
    ControlPolicy,
    ControlTally,
    ControlValue,
    Core,
    CoreEnd,
    CoreTally,
    DesignDrift,
    DesignPin,
    DesignRun,
    Export,
    InventoryItem,
    InventorySpell,
    Page,
    TallyMark,
    TelemetryFrame,
    TelemetrySecond,
    Watch,
)
from apps.qsys.telemetry import Batch, Change, Origin, Place
from apps.qsys.telemetry.store import store
from tests.contract.witness import Listener
from tests.support import factories
from tests.support.oauth import EVERY_SCOPE, Party, program

MARKER = f"zebra-{uuid4().hex[:8]}"
#: Bears the whole tenant, whose own people may know it wherever they stand.
TENANT_MARKER = f"okapi-{uuid4().hex[:8]}"
RACK = f"/plant/hall-a/{MARKER}/"
OTHER_RACK = "/plant/hall-a/rack-2/"


@dataclass(frozen=True)
class Names:
    """How calls name things of the first tenant, or things that do not exist."""

    device: str = field(default_factory=lambda: str(new_id()))
    miner: str = field(default_factory=lambda: str(new_id()))
    core: str = field(default_factory=lambda: str(new_id()))
    job: str = field(default_factory=lambda: str(new_id()))
    target: str = field(default_factory=lambda: str(new_id()))
    approval: str = field(default_factory=lambda: str(new_id()))
    schedule: str = field(default_factory=lambda: str(new_id()))
    user: str = field(default_factory=lambda: str(new_id()))
    username: str = field(default_factory=lambda: f"u-{uuid4().hex[:8]}")
    key: str = field(default_factory=lambda: str(new_id()))
    client: str = field(default_factory=lambda: str(new_id()))
    client_id: str = field(default_factory=lambda: uuid4().hex)
    assistant: str = field(default_factory=lambda: str(new_id()))
    grant: str = field(default_factory=lambda: str(new_id()))
    stop: str = field(default_factory=lambda: str(new_id()))
    window: str = field(default_factory=lambda: str(new_id()))
    range: str = field(default_factory=lambda: str(new_id()))
    find: str = field(default_factory=lambda: str(new_id()))
    circuit: str = field(default_factory=lambda: str(new_id()))
    rollout: str = field(default_factory=lambda: str(new_id()))
    alert: str = field(default_factory=lambda: str(new_id()))
    silence: str = field(default_factory=lambda: str(new_id()))
    route: str = field(default_factory=lambda: str(new_id()))
    delivery: str = field(default_factory=lambda: str(new_id()))
    curtailment: str = field(default_factory=lambda: str(new_id()))
    trigger: str = field(default_factory=lambda: str(new_id()))
    policy: str = field(default_factory=lambda: str(new_id()))
    page: str = field(default_factory=lambda: str(new_id()))
    lock: str = field(default_factory=lambda: str(new_id()))
    item: str = field(default_factory=lambda: str(new_id()))
    export: str = field(default_factory=lambda: str(new_id()))
    archive: str = field(default_factory=lambda: str(new_id()))
    image: str = field(default_factory=lambda: str(new_id()))
    signer: str = field(default_factory=lambda: str(new_id()))
    template: str = field(default_factory=lambda: f"pools-{uuid4().hex[:8]}")
    site: str = field(default_factory=lambda: str(new_id()))
    role: str = field(default_factory=lambda: str(new_id()))
    tenant: str = field(default_factory=lambda: str(new_id()))
    audit: str = field(default_factory=lambda: str(new_id()))
    path: str = field(default_factory=lambda: f"/plant/hall-a/{uuid4().hex[:8]}/")

    def values(self) -> list[str]:
        return list(vars(self).values())


@dataclass
class Caller:
    """Somebody who may not: a browser session's user, a key, an actor."""

    user: User
    key: str
    actor: Actor


@dataclass
class World:
    """What the tests act on, and who acts."""

    listener: Listener
    names: Names
    absent: Names
    owner: Caller
    callers: dict[str, Caller]
    rows: SimpleNamespace

    def telling(self, caller: str) -> list[str]:
        """What an answer to `caller` must never hold, unless the caller said it."""
        found = {MARKER, TENANT_MARKER, *self.names.values()}
        if caller in ("rack two", "agent"):
            # Their own tenant, whose images belong to no place.
            found -= {TENANT_MARKER, self.names.tenant, self.names.image}
            found -= {self.names.template, self.names.signer}
        return sorted(found)


def built(listener: Listener) -> World:
    """Everything, committed."""
    for table in (*PARTITIONED, SAMPLES):
        ensure(table)
    tenant = factories.tenant(f"t-{uuid4().hex[:8]}")
    Tenant.objects.filter(id=tenant.id).update(name=TENANT_MARKER)
    rows = furnished(tenant, listener)
    names = Names(
        **{
            name: str(getattr(rows, name).pk)
            for name in vars(rows)
            if name in Names.__annotations__
        },
        username=rows.user.username,
        template=template_of(tenant).name,
        client_id=rows.client.application.client_id,
        path=RACK,
    )
    owner = caller_of(rows.owner)
    other = factories.tenant(f"t-{uuid4().hex[:8]}")
    factories.site(other, OTHER_RACK)
    rack_two = factories.user(tenant, "admin", site_path=OTHER_RACK)
    assistant = factories.agent(rack_two, "admin")
    callers = {
        "other": caller_of(superuser(factories.user(other, "admin"))),
        "rack two": caller_of(rack_two),
        "agent": caller_of(assistant),
        "narrow": narrow(factories.user(tenant, "admin")),
        "suspended": suspended(factories.user(tenant, "admin")),
        "expired": expired(factories.user(tenant, "admin")),
        "disconnected": disconnected(factories.user(tenant, "admin")),
    }
    return World(listener, names, Names(), owner, callers, rows)


def caller_of(user: User, **fields: Any) -> Caller:
    """A user with a key that is not narrowed."""
    issued = factories.issued_key(user, **fields)
    return Caller(user, issued.text, actor_of(user, key=issued.key))


def superuser(user: User) -> User:
    User.objects.filter(id=user.id).update(is_superuser=True, is_staff=True)
    user.refresh_from_db()
    return user


def narrow(user: User) -> Caller:
    return caller_of(user, scopes=("fleet:read",))


def suspended(user: User) -> Caller:
    found = caller_of(user)
    User.objects.filter(id=user.id).update(is_active=False)
    user.refresh_from_db()
    return Caller(user, found.key, actor_of(user))


def expired(user: User) -> Caller:
    found = caller_of(user)
    ApiKey.system.filter(user=user).update(expires_at=clock.now() - timedelta(minutes=1))
    return found


def disconnected(person: User) -> Caller:
    """An assistant that was given everything, and was cut off."""
    party = Party(person, program(person.tenant), " ".join(EVERY_SCOPE)).connect(resource=None)
    assistant = Assistant.system.get(person=person)
    actor = assistant_actor(assistant, EVERY_SCOPE)
    assistant_disconnect(assistant)
    return Caller(assistant.agent, party.access, actor)


def furnished(tenant: Tenant, listener: Listener) -> SimpleNamespace:
    """One row of every model, all at one rack."""
    ports = {"qrc": listener.port, "grpc": listener.port}
    site = factories.site(tenant, RACK)
    device = factories.device(
        tenant, site_path=RACK, name=f"{MARKER} core", address=listener.address, ports=ports
    )
    miner = factories.device(
        tenant,
        site_path=RACK,
        kind="miner",
        name=f"{MARKER} miner",
        address=listener.address,
        ports=ports,
    )
    owner = superuser(factories.user(tenant, "admin"))
    user = factories.user(tenant, "admin", username=f"u-{uuid4().hex[:8]}")
    key = factories.issued_key(user).key
    ApiKey.system.filter(id=key.id).update(name=MARKER)
    token_issue(key_id=key.id, seconds=600)
    actor = actor_of(owner)
    role = Role.objects.create(tenant=tenant, name=MARKER, permissions=["fleet.view"])
    place = {"site_path": RACK, "device_id": device.id}
    job = factories.job(
        actor,
        operation="qsys.control.set",
        object_label=MARKER,
        sentence=MARKER,
        plain=orjson.dumps({"device": str(device.id), "control": MARKER, "value": 1.0}),
        state="failed",
        **place,
    )
    JobLog.objects.create(job=job, message=MARKER)
    fleet_rows(tenant, device, miner, job)
    qsys_rows(device)
    item = history_rows(device)
    policies = policy_rows(device)
    rows = work_rows(tenant, actor, device)
    return SimpleNamespace(
        tenant=tenant,
        site=site,
        device=device,
        core=device.core,
        miner=miner,
        owner=owner,
        user=user,
        key=key,
        role=role,
        policy=policies[0],
        lock=policies[1],
        item=item,
        export=export_of(device),
        archive=archive_of(miner),
        page=page_of(device),
        grant=user.grants.model.system.get(user=user),
        job=job,
        target=Target.system.get(job_id=job.id),
        image=image_of(tenant),
        signer=signer_of(tenant),
        **assistant_rows(owner),
        stop=stop_of(tenant),
        window=window_of(tenant),
        **discovery_rows(tenant),
        circuit=circuit_of(tenant),
        rollout=rollout_of(tenant, miner),
        **alert_rows(tenant, device),
        curtailment=curtailment_of(tenant, miner),
        trigger=trigger_of(tenant),
        **rows,
    )


def alert_rows(tenant: Tenant, device: Device) -> dict[str, Any]:
    """An alert that fires, how its rule is set, a silence, and a message that was given up."""
    now, common = clock.now(), {"tenant_id": tenant.id}
    alert = Alert.system.create(
        **common,
        rule="fleet.device.offline",
        device=device,
        label=MARKER,
        site_path=RACK,
        severity="critical",
        state="firing",
        value=1,
        threshold=1,
        note=MARKER,
        read_at=now,
    )
    AlertRound.objects.create(**common)
    AlertSetting.system.create(
        **common, rule="fleet.device.offline", path=RACK, raise_seconds=7, updated_by=MARKER
    )
    silence = Silence.system.create(
        **common,
        path=RACK,
        rule="fleet.place.silent",
        reason=MARKER,
        author=MARKER,
        ends_at=now + timedelta(days=1),
    )
    route = Route.system.create(
        **common,
        name=MARKER,
        path=RACK,
        channel="webhook",
        host=f"{MARKER}.example",
        sealed=keyring().seal(b'{"url": "https://x.example/", "secret": "s"}'),
    )
    delivery = Delivery.system.create(
        **common, route=route, group="g", state="dead", error=MARKER, due_at=now
    )
    return {"alert": alert, "silence": silence, "route": route, "delivery": delivery}


def template_of(tenant: Tenant) -> PoolTemplate:
    """A template of pools, which belongs to no place."""
    name = f"pools-{uuid4().hex[:8]}"
    return PoolTemplate.system.create(tenant_id=tenant.id, name=name, sealed=b"")


def rollout_of(tenant: Tenant, miner: Device) -> Rollout:
    """A paused rollout of the miner, so that each thing one can do to it would change it."""
    rollout = Rollout.system.create(
        tenant_id=tenant.id,
        name=MARKER,
        operation="miners.power.set",
        input={"watts": 1000},
        sealed_input=keyring().seal(b'{"watts": 1000}'),
        site_path=RACK,
        state="paused",
        cause="operator",
        sentence=MARKER,
        created_by=MARKER,
    )
    rules = {"name": MARKER}
    phase = Phase.objects.create(rollout=rollout, number=0, name=MARKER, rules=rules)
    Member.system.create(rollout=rollout, phase=phase, device=miner, place=0, detail=MARKER)
    return rollout


def curtailment_of(tenant: Tenant, miner: Device) -> Curtailment:
    """One that holds, so that stopping it would change it; the miner is in nobody's way."""
    event = Curtailment.system.create(
        tenant_id=tenant.id,
        name=MARKER,
        site_path=RACK,
        mode="cap",
        target_watts=1_000,
        baseline_watts=2_000,
        limit_watts=1_000,
        state="holding",
        sentence=MARKER,
        created_by=MARKER,
        starter={},
        face="rest",
    )
    CurtailedMiner.system.create(
        curtailment=event, device=miner, place=0, state="restored", watts_before=1, detail=MARKER
    )
    CurtailmentSample.objects.create(
        curtailment=event, at=clock.now(), watts=1, counted_watts=1, paused=0, late=0
    )
    return event


def trigger_of(tenant: Tenant) -> CurtailmentTrigger:
    """A price trigger with a price of long ago, so that it starts nothing."""
    row = CurtailmentTrigger.system.create(
        tenant_id=tenant.id,
        name=MARKER,
        site_path=RACK,
        wish={"site": RACK, "cap_kw": 1},
        signal={"on_at": 2, "off_at": 1},
        owner_id=new_id(),
        error=MARKER,
    )
    PricePoint.objects.create(trigger=row, starts_at=clock.now() - timedelta(days=1), price=1.0)
    return row


def assistant_rows(person: User) -> dict[str, Any]:
    """A program that the owner connected, with a code and tokens under way."""
    client = client_register(
        tenant=person.tenant, name=MARKER, redirect_uris=["https://x.example/"]
    )
    assistant = assistant_connect(
        person=person, application=client.application, scopes=["fleet:read"]
    )
    common = {"user": assistant.agent, "application": client.application}
    expires = clock.now() + timedelta(days=1)
    Grant.objects.create(code=checksum(MARKER), expires=expires, **common)
    access = AccessToken.objects.create(token=MARKER, expires=expires, **common)
    RefreshToken.objects.create(token=MARKER, access_token=access, token_family=uuid4(), **common)
    return {"client": client, "assistant": assistant}


def fleet_rows(tenant: Tenant, device: Device, miner: Device, job: Any) -> None:
    credential_set(device, {"username": "u", "pin": MARKER})
    assert Credential.objects.exists()
    DeviceLease.objects.create(device=device, owner=MARKER)
    DeviceState.objects.create(device=device, summary={"design": MARKER}, reason=MARKER)
    DeviceState.objects.create(device=miner, summary={"status": MARKER})
    Shard.objects.get_or_create(driver="qsys", number=0)
    Target.system.create(
        tenant_id=tenant.id,
        job_id=job.id,
        device=device,
        operation=job.operation,
        state="failed",
        detail=MARKER,
    )
    Miner.system.create(device=miner, uid=MARKER)
    MinerSnapshot.system.create(
        call_id=new_id(), device=miner, aspect="target", operation=MARKER, sealed=b"", done=True
    )
    MinerSample.objects.create(
        device_id=miner.id, at=clock.now(), terahash=1, watts=1, accepted=1, rejected=0
    )
    of_miner = {"device_id": miner.id, "samples": 1, "terahash_least": 1, "terahash_most": 1}
    of_place = {"tenant_id": tenant.id, "site_path": miner.site_path, "miners": 1}
    for of_one, of_all in ((MinerMinute, PlaceMinute), (MinerHour, PlaceHour)):
        of_one.objects.create(at=clock.now(), terahash=1, watts=1, **of_miner)
        of_all.system.create(at=clock.now(), terahash=1, watts=1, **of_place)
    RollupMark.objects.get_or_create(step="minute", defaults={"until": clock.now()})


def qsys_rows(device: Device) -> None:
    now = clock.now()
    Core.system.create(device=device, design=MARKER)
    CoreEnd.objects.create(device=device, side="main", reason=MARKER)
    Watch.system.create(device=device, name=MARKER)
    control = Control.system.create(device=device, component=MARKER, name="gain")
    ControlValue.objects.create(control=control, at=now, string=MARKER)
    place, origin = Place(device.tenant_id, device.id, device.site_path), Origin("first", MARKER)
    at_us = int(now.timestamp() * 1e6)
    store(
        Batch([Change(place, control.id, MARKER, "gain", at_us, None, MARKER, None, None, None,
                      MARKER, origin)]),
        [],
    )  # fmt: skip
    TelemetryFrame.objects.create(device_id=device.id, at=now, samples=1, data=b"x")
    TelemetrySecond.objects.create(
        control_id=control.id, at=now, samples=1, minimum=0, maximum=1, mean=0.5, last=1
    )


def history_rows(device: Device) -> InventoryItem:
    """What the Core reported and ran, and how often it changed; its item."""
    now = clock.now()
    item = InventoryItem.system.create(
        device=device, kind="component", component=MARKER, control="status"
    )
    InventorySpell.system.create(item=item, code=2, text=MARKER, began=now)
    DesignRun.system.create(device=device, design=MARKER, design_code=MARKER, began=now)
    DesignPin.objects.create(device=device, design=MARKER, pinned_by=MARKER, pinned_at=now)
    DesignDrift.objects.create(device=device, reasons=["pin"], detail=MARKER, since=now)
    TallyMark.objects.create(device=device, counted_until=now)
    tally: dict[str, Any] = {"device_id": device.id, "at": now, "changes": 1}
    CoreTally.objects.create(**tally, samples=1, dropped=0, thinned=0, missed=0)
    ControlTally.objects.create(**tally, control_id=1)
    return item


def export_of(device: Device) -> Export:
    """A file that somebody had made; where it lies, nothing is."""
    now = clock.now()
    return Export.system.create(
        device=device,
        job_id=new_id(),
        content="events",
        format="csv",
        name=f"{MARKER}.csv",
        since=now - timedelta(hours=1),
        until=now,
        rows=1,
        size=1,
        sha256="0" * 64,
        made_by=MARKER,
        expires_at=now + timedelta(days=1),
    )


def archive_of(device: Device) -> SupportArchive:
    """A support archive that somebody had fetched; where it lies, nothing is."""
    return SupportArchive.system.create(
        device=device,
        job_id=new_id(),
        name=f"{MARKER}.zip",
        firmware=MARKER,
        size=1,
        sha256="0" * 64,
        made_by=MARKER,
        expires_at=clock.now() + timedelta(days=1),
    )


def policy_rows(device: Device) -> list[ControlPolicy]:
    """A policy and a lock of the device that bind nobody, so that they are in nobody's way."""
    common: dict[str, Any] = {"site_path": "", "note": MARKER, "controls": [MARKER]}
    return [
        ControlPolicy.system.create(
            tenant=device.tenant, device=device, name=f"{MARKER} {n}", lock=bool(n), **common
        )
        for n in (0, 1)
    ]


def page_of(device: Device) -> Page:
    """A page that is on the air, so that stopping it would change it."""
    now = clock.now()
    return Page.system.create(
        device=device,
        job_id=new_id(),
        call_id=new_id(),
        number=1,
        mode="live",
        zones=[[1, MARKER]],
        priority=3,
        station=MARKER,
        actor=MARKER,
        state="input",
        submitted_at=now,
        changed_at=now,
        heard_at=now,
    )


def work_rows(tenant: Tenant, actor: Actor, device: Device) -> dict[str, Any]:
    place = {"site_path": RACK, "device_id": device.id}
    subject = Subject("device", device.id, MARKER, **place)
    audit = intent(Act("fleet.device.tag", "rest", actor, subject=subject, reason=MARKER))
    tell(tenant, device)
    Seal.objects.create(
        number=1,
        count=1,
        first_tx=1,
        first_id=new_id(),
        last_tx=1,
        last_id=new_id(),
        root="0" * 64,
        previous="0" * 64,
        key_id="k",
        signature="s",
    )
    IdempotencyKey.objects.create(
        call_id=new_id(),
        tenant_id=tenant.id,
        actor_id=actor.id,
        operation="fleet.device.tag",
        key=MARKER,
        body="b",
        face="rest",
        sealed_input=b"",
        deadline=clock.now() + timedelta(days=1),
        reply={"outcome": {"status": "ok", "output": {"name": MARKER}}},
    )
    schedule = Schedule.system.create(
        tenant_id=tenant.id,
        name=MARKER,
        operation="fleet.breaker.reset",
        input={"device": str(device.id)},
        cron="0 3 * * *",
        owner_id=actor.id,
        **place,
    )
    approval = Approval.system.create(
        tenant_id=tenant.id,
        operation="fleet.device.decommission",
        input={"devices": [str(device.id)]},
        body="0" * 64,
        plan={"targets": [{"kind": "device", "id": str(device.id), "label": MARKER}]},
        plan_hash="0" * 64,
        reason=MARKER,
        requester_id=new_id(),
        requester_label=MARKER,
        person_id=new_id(),
        expires_at=clock.now() + timedelta(days=1),
        **place,
    )
    return {"audit": SimpleNamespace(pk=audit), "schedule": schedule, "approval": approval}


def image_of(tenant: Tenant) -> FirmwareImage:
    return FirmwareImage.system.create(
        tenant_id=tenant.id, version=TENANT_MARKER, sha256="a" * 64, size=10, state="published"
    )


def signer_of(tenant: Tenant) -> TrustedKey:
    """A signing key, which belongs to no place."""
    return TrustedKey.system.create(
        tenant_id=tenant.id,
        name=TENANT_MARKER,
        public_key=uuid4().hex * 2,
        not_after=clock.now() + timedelta(days=30),
        trusted_by=TENANT_MARKER,
    )


def stop_of(tenant: Tenant) -> EmergencyStop:
    """At a place of the rack where no device stands, so that it is in nobody's way."""
    path = factories.site(tenant, f"{RACK}spare/").path
    return stop_set(tenant_id=tenant.id, path=path, set_by=MARKER, reason=MARKER)[0]


def window_of(tenant: Tenant) -> MaintenanceWindow:
    """At a place of the rack where no device stands."""
    return MaintenanceWindow.system.create(
        tenant_id=tenant.id,
        path=f"{RACK}spare/",
        name=MARKER,
        hours=["daily 01:00-02:00"],
        reason=MARKER,
        saved_by=MARKER,
    )


def circuit_of(tenant: Tenant) -> Circuit:
    """A circuit of the rack, with a limit that nothing reaches."""
    return Circuit.system.create(
        tenant_id=tenant.id, path=RACK, name=MARKER, limit_watts=1_000_000, saved_by=MARKER
    )


def discovery_rows(tenant: Tenant) -> dict[str, Any]:
    """A range of the rack, and a miner in it that nobody has adopted."""
    common = {"tenant_id": tenant.id, "path": RACK}
    found = DiscoveryRange.system.create(
        **common, network="10.78.0.0/28", driver="braiins", saved_by=MARKER
    )
    find = Find.system.create(
        **common,
        range=found,
        address="10.78.0.1",
        answer="identified",
        hostname=MARKER,
        serial=MARKER,
        seen_at=clock.now(),
    )
    return {"range": found, "find": find}


def tell_now(tenant: Tenant, device: Device) -> None:
    """An event about the device, committed whatever transaction the test is in."""

    def commit() -> None:
        with transaction.atomic():
            tell(tenant, device)
        connection.close()

    thread = Thread(target=commit)
    thread.start()
    thread.join()


def tell(tenant: Tenant, device: Device) -> None:
    """An event about the device."""
    event = DeviceFound(device_id=device.id, name=MARKER)
    publish(event, tenant_id=tenant.id, site_path=RACK, device_id=device.id)
