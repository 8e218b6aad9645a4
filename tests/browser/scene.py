"""A night shift's worth of rows: devices in every state, jobs, requests, evidence."""

from datetime import timedelta
from types import SimpleNamespace

from apps.accounts.models import Tenant
from apps.fleet.models import (
    Alert,
    Circuit,
    Device,
    DeviceKind,
    DeviceState,
    DiscoveryRange,
    Silence,
    Target,
)
from apps.fleet.models.rollout import (
    Member,
    MemberState,
    Phase,
    PhaseState,
    Rollout,
    RolloutState,
)
from apps.fleet.rollouts.rules import USUAL
from apps.jobs.models import JobLog, Schedule
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.ids import new_id
from apps.miners.models import (
    CurtailedMiner,
    Curtailment,
    CurtailmentSample,
    Find,
    Miner,
    MinerSample,
)
from apps.operations import catalogue
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.qsys.models import Control, ControlPolicy, ControlValue, Core, CoreEnd, Watch
from apps.qsys.telemetry import Batch, Origin, Place, Samples
from apps.qsys.telemetry.store import store
from tests.browser import core_scene
from tests.support import factories
from tests.unit.console import trials
from tests.unit.qsys.telemetry.made import change, now_us

STATES = (
    ("Lobby Core", "lost", "No route to host", 940),
    ("Ballroom Core", "ok", "", 2),
    ("Stage Core", "stale", "No answer for 9 s", 9),
    ("Chapel Core", "rebooting", "", 41),
    ("Terrace Core", "never", "", None),
)


def play(tenant: Tenant) -> SimpleNamespace:
    """Fill a tenant; returns what tests want to look at."""
    engineer = factories.actor_of("engineer", tenant)
    cores = [_core(tenant, *row) for row in STATES]
    for number in range(12):
        _miner(tenant, number)
    Circuit.system.create(
        tenant_id=tenant.id, path="/north/", name="PDU 1", limit_watts=20_000, saved_by="admin"
    )
    _controls(cores[1])
    item = core_scene.inventory(cores)
    core_scene.designs(cores)
    core_scene.paging(cores[1])
    job = _job(engineer, cores[3])
    factories.job(
        engineer,
        operation="miners.firmware.upgrade",
        state="needs_human",
        object_label="miner-07",
        finished_at=clock.now() - timedelta(hours=2),
        failure_code="indeterminate",
        failure_detail="The image was sent, and the miner never answered again.",
    )
    Schedule.system.create(
        tenant_id=tenant.id,
        name="Morning restart",
        operation="fleet.trial.restart",
        cron="30 6 * * 1-5",
        time_zone="Europe/Vienna",
        owner_id=engineer.id,
        next_run_at=clock.now() + timedelta(hours=7),
        last_run_at=clock.now() - timedelta(hours=17),
        last_verdict="ok",
        last_detail="Done.",
    )
    _alerts(tenant, cores[0])
    approval = _ask(engineer, cores[1])
    return SimpleNamespace(
        core=cores[1],
        item=item,
        lost=cores[0],
        job=job,
        approval=approval,
        rollout=_rollout(engineer, tenant),
        planned=_planned(engineer, tenant),
        miner=Device.system.get(tenant=tenant, name="miner-07"),
        curtailment=_curtailment(tenant),
        range=_range(tenant),
    )


def _core(tenant: Tenant, name: str, liveness: str, reason: str, age: int | None):
    device = factories.device(
        tenant,
        name=name,
        site_path="/north/hotel/" if "Core" in name else "/north/",
        model="Core 110f",
        firmware="9.12.1",
    )
    seen = None if age is None else clock.now() - timedelta(seconds=age)
    summary = {"design": "Grand Hotel v14", "status": "OK", "cpu_percent": 23.5, "streams": 18}
    DeviceState.objects.create(
        device=device,
        liveness=liveness,
        reason=reason,
        seen_at=seen,
        updated_at=seen,
        summary=summary if seen else {},
    )
    return device


#: Component, name, type, direction, number and text of what the Core of the scene has.
CONTROLS = (
    ("Lobby Gain", "gain", "Float", "Read/Write", -12.5, "-12.5dB"),
    ("Lobby Gain", "mute", "Boolean", "Read/Write", 1.0, "muted"),
    ("Meters 1", "meter.1", "Float", "Read Only", -31.0, "-31.0dB"),
    ("Presets", "load.1", "State Trigger", "Read/Write", 0.0, ""),
    ("Presets", "last.1", "Boolean", "Read Only", 1.0, "true"),
)


def _controls(device) -> None:
    """A pair's controls, a policy on one of them, what is watched, and some of its past."""
    Core.system.create(device=device, design_code="one", pair="degraded", active="main")
    seen = {"pinned": "ab12" * 16, "seen": "cd34" * 16, "seen_at": clock.now()}
    pinned = clock.now() - timedelta(days=80)
    CoreEnd.objects.create(device=device, side="main", state="Active", pinned_at=pinned, **seen)
    CoreEnd.objects.create(device=device, side="partner", address="10.1.2.3", reason="No route")
    Watch.system.create(device=device, name="levels", controls=["gain", "meter.*"], rate_hz=33)
    ControlPolicy.system.create(
        tenant=device.tenant, name="Show night", controls=["mute"], protected=True
    )
    for component, name, kind, direction, number, text in CONTROLS:
        made = Control.system.create(
            device=device,
            component=component,
            name=name,
            type=kind,
            direction=direction,
            telemetry=name.startswith("meter"),
            minimum=-100.0 if kind == "Float" else None,
            maximum=20.0 if kind == "Float" else None,
            design_code="one",
        )
        ControlValue.objects.create(control=made, at=clock.now(), number=number, string=text)
        _past(device, made)


def _past(device, control: Control) -> None:
    place, now = Place(device.tenant_id, device.id, device.site_path), now_us()
    if control.telemetry:
        samples = Samples(device.id, now // 1_000_000 - 60)
        for tenth in range(10):
            samples.add(control.id, tenth * 100, -40.0 + tenth)
        store(Batch(samples=[samples]), [])
        return
    moves = [
        change(control.id, place=place, at_us=now - ago * 1_000_000, origin=origin)
        for ago, origin in ((90, Origin("operation", "ada", new_id())), (20, Origin("device")))
    ]
    store(Batch(changes=moves), [])


def _miner(tenant: Tenant, number: int) -> None:
    device = factories.device(
        tenant,
        name=f"miner-{number:02}",
        kind=DeviceKind.MINER,
        site_path="/north/hall-a/rack-1/",
        model="Antminer S19j Pro",
        firmware="26.04",
        slot=f"U{number + 1}",
        circuit=f"PDU {number // 6 + 1}",
    )
    now = clock.now() - timedelta(seconds=number)
    summary = {
        "status": "normal",
        "terahash": 101.4,
        "terahash_15m": 101.4 - number,
        "watts": 3_068,
    }
    DeviceState.objects.create(
        device=device, liveness="ok", seen_at=now, updated_at=now, summary=summary
    )
    boards = [{"id": "1", "enabled": True, "chips": 126, "chip_c": 61.2, "terahash": 33.1}]
    pools = [{"url": "stratum+tcp://pool", "enabled": True, "alive": False, "active": False}]
    parts = {"boards": boards, "fans": [{"position": 0, "rpm": 0}], "pools": pools}
    Miner.system.create(device=device, parts=parts, parts_at=now, psu_serial="PSUDE0A1B2C3")
    MinerSample.objects.create(
        device_id=device.id, at=now, terahash=101.4, watts=3000, accepted=1, rejected=0
    )


#: How the miners of the scene stand in their curtailment: state, whether late, and why.
CURTAILED = (
    ("confirmed", False, ""),
    ("confirmed", True, "Late, and paused now."),
    ("drifted", True, "It woke up: 3021 W."),
    ("failed", True, "It is not paused: it does not answer; given up after 5 tries."),
)


def _curtailment(tenant: Tenant) -> Curtailment:
    """One that has held for ten minutes, with a miner that woke up and one that is given up."""
    began = clock.now() - timedelta(minutes=10)
    event = Curtailment.system.create(
        tenant_id=tenant.id,
        name="9 kW less at /north/",
        site_path="/north/",
        mode="reduce",
        target_watts=9_000,
        baseline_watts=36_816,
        limit_watts=27_816,
        state="holding",
        sentence="28.0 kW of at most 27.8 kW; 2 miners paused, 1 late, awake or silent.",
        created_by="engineer",
        starter={},
        face="console",
        reason="The grid asked for an hour.",
        until=began + timedelta(hours=1),
        started_at=began,
        held_at=began + timedelta(minutes=2),
    )
    miners = Device.system.filter(tenant=tenant, kind=DeviceKind.MINER).order_by("name")
    for place, (device, row) in enumerate(zip(miners, CURTAILED, strict=False)):
        state, late, detail = row
        CurtailedMiner.system.create(
            curtailment=event,
            device=device,
            place=place,
            state=state,
            late=late,
            detail=detail,
            watts_before=3_068,
        )
    for number in range(60):
        watts = max(27_700, 36_816 - 400 * number) + 90 * (number % 3)
        CurtailmentSample.objects.create(
            curtailment=event,
            at=began + timedelta(seconds=10 * number),
            watts=watts,
            counted_watts=watts + (3_068 if 30 < number < 40 else 0),
            paused=3,
            late=1,
        )
    return event


#: What answered in the range of the scene: host, answer, name, words, and the miner whose it is.
FOUND = (
    ("10.1.0.11", "identified", "rig-0711", "", ""),
    ("10.1.0.12", "identified", "miner-03", "", "miner-03"),
    ("10.1.0.13", "identified", "rig-0713", "", "twin"),
    ("10.1.0.14", "identified", "rig-0714", "", "twin"),
    ("10.1.0.15", "locked", "", "It does not accept the range's log-in; set secrets with "
     "fleet.range.save.", ""),
    ("10.1.0.16", "foreign", "", "A miner without Braiins OS's public API: Antminer S19.", ""),
)  # fmt: skip


def _range(tenant: Tenant) -> DiscoveryRange:
    """One that was scanned just now, beside one that never was."""
    now = clock.now()
    place = {"tenant_id": tenant.id, "path": "/north/hall-a/"}
    row = DiscoveryRange.system.create(
        **place, network="10.1.0.0/24", driver="braiins", saved_by="admin", scanned_at=now
    )
    DiscoveryRange.system.create(
        **place, network="10.1.4.0/22", driver="braiins", saved_by="admin", sealed=b"x"
    )
    for host, answer, name, words, whose in FOUND:
        known = Device.system.filter(tenant=tenant, name=whose).first()
        Find.system.create(
            **place,
            range=row,
            address=host,
            answer=answer,
            words=words,
            hostname=name,
            model="Antminer S19j Pro" if name else "",
            firmware="2026-04-14-0-912d084c-26.04-plus" if name else "",
            serial=known.serial if known else f"SIM{host[-2:]}DE0A1B2" if name else "",
            mac="02:b0:05:00:00:13" if whose == "twin" else "",
            seen_at=now,
        )
    return row


def _job(by: Actor, device):
    job = factories.job(
        by,
        operation="fleet.trial.restart",
        state="running",
        device_id=device.id,
        object_label=device.name,
        site_path=device.site_path,
        sentence="Waiting for the Core to come back.",
        reason="firmware hangs",
    )
    Target.system.create(
        tenant_id=job.tenant_id,
        job_id=job.id,
        device=device,
        operation=job.operation,
        state="rebooting",
        detail="Away for 41 s.",
    )
    for message in ("Checked the Core.", "Restart sent.", "Waiting for it to come back."):
        JobLog.objects.create(job=job, message=message)
    return job


def _rollout(by: Actor, tenant: Tenant) -> Rollout:
    """One whose canary waits at its gate, with a device in every state."""
    devices = list(Device.system.filter(tenant=tenant, kind=DeviceKind.MINER).order_by("name"))
    rollout = Rollout.system.create(
        tenant_id=tenant.id,
        name="26.08 in hall A",
        operation="miners.firmware.upgrade",
        input={"image": str(new_id())},
        sealed_input=b"",
        state=RolloutState.RUNNING,
        sentence="Begun.",
        site_path="/north/hall-a/rack-1/",
        created_by=by.label,
        started_at=clock.now() - timedelta(minutes=12),
    )
    parts = ((USUAL[0], PhaseState.GATE, devices[:1]), (USUAL[1], PhaseState.RUNNING, devices[1:]))
    for number, (rules, state, members) in enumerate(parts):
        phase = Phase.objects.create(
            rollout=rollout,
            number=number,
            name=rules.name,
            rules=rules.model_dump(mode="json"),
            state=state,
            sentence="Waits for a person to let the next phase begin." if number == 0 else "",
        )
        Member.system.bulk_create(
            Member(
                rollout=rollout,
                phase=phase,
                device=device,
                place=10 * number + place,
                state=MemberState.values[(place + 3) % len(MemberState.values)],
                job_id=new_id(),
                detail="What its job said last.",
            )
            for place, device in enumerate(members)
        )
    return rollout


def _planned(by: Actor, tenant: Tenant) -> str:
    """The id of one that nobody has started yet."""
    wanted = {"name": "Night saving", "operation": "miners.power.set", "input": {"watts": 2800}}
    output = _call(by, "fleet.rollout.create", {**wanted, "site": "/north/hall-a/"}).output
    return str(output["rollout"])


def _ask(by: Actor, device):
    before = trials.install_trials()
    try:
        changed = {"device": str(device.id), "value": -12.5, "secret": "hush"}
        _call(by, "fleet.trial.set", changed)
        first = _call(by, "fleet.trial.wipe", {"device": str(device.id)})
        second = _call(by, "fleet.trial.wipe", {"device": str(device.id)}, first.confirmation)
    finally:
        catalogue.install(before)
    return second.approval


def _call(by: Actor, operation: str, data: dict, confirmation: str | None = None):
    return invoke(
        Call(
            operation=operation,
            input=data,
            actor=by,
            face=Face.REST,
            key=f"{operation}:{factories.number()}",
            confirmation=confirmation,
            reason="sound check",
        )
    )


def _alerts(tenant: Tenant, lost: Device) -> None:
    """A Core that is lost and taken on, miners with low hash rates, one muted, one that is over."""
    now = clock.now()
    common = {"tenant_id": tenant.id, "read_at": now, "fired_at": now - timedelta(minutes=12)}
    Alert.system.create(
        **common,
        rule="fleet.device.offline",
        device=lost,
        label=lost.name,
        site_path=lost.site_path,
        severity="critical",
        state="firing",
        value=1,
        threshold=1,
        note="No route to host",
        acknowledged_by="engineer-1",
        acknowledged_at=now,
        remark="Replacing the switch.",
    )
    miners = Device.system.filter(tenant=tenant, kind=DeviceKind.MINER).order_by("name")
    for number, miner in enumerate(miners):
        over = number == 0
        Alert.system.create(
            **common,
            rule="miners.hashrate.low",
            device=miner,
            label=miner.name,
            site_path=miner.site_path,
            severity="warning",
            state="resolved" if over else "firing",
            resolved_at=now if over else None,
            value=61,
            threshold=80,
            note="61.2 TH/s, usually 100.1 TH/s.",
            muted="A job works on it: miners.firmware.upgrade." if number == 3 else "",
        )
    Silence.system.create(
        tenant_id=tenant.id,
        path="/",
        rule="qsys.core.status",
        reason="The rehearsal unplugs things.",
        author="engineer-1",
        ends_at=now + timedelta(hours=3),
    )
