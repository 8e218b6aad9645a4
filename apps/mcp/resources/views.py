"""Rows as an assistant reads them; what machines and people wrote stands under `reported`."""

from collections.abc import Iterable
from typing import Any

from apps.audit.leaves import data_of
from apps.audit.models import AuditLog
from apps.fleet.models import Device, DeviceState
from apps.fleet.models.rollout import Rollout
from apps.fleet.rollouts.schemas import FleetRolloutOut
from apps.fleet.rollouts.selectors import state_of
from apps.jobs.models import Job, JobLog, Schedule
from apps.kernel import clock
from apps.miners.models import Miner
from apps.operations.models import Approval
from apps.qsys.models import Control, ControlPolicy, Core
from apps.qsys.selectors import now_of


def device_view(device: Device) -> dict[str, Any]:
    """A device with the last thing known of it, and how old that is in seconds."""
    state: DeviceState | None = getattr(device, "state", None)
    return {
        "id": device.id,
        "kind": device.kind,
        "site": device.site_path,
        "address": device.address,
        "liveness": state.liveness if state else "never",
        "age_seconds": age_seconds(state),
        "reported": {
            "name": device.name,
            "model": device.model,
            "firmware": device.firmware,
            "serial": device.serial,
            "slot": device.slot,
            "circuit": device.circuit,
            "tags": device.tags,
            "state": state.summary if state else {},
            "reason": state.reason if state else "",
        },
    }


def age_seconds(state: DeviceState | None) -> float | None:
    """Seconds since the device was last seen; None when it never was."""
    if state is None or state.seen_at is None:
        return None
    return round((clock.now() - state.seen_at).total_seconds(), 1)


def job_view(job: Job) -> dict[str, Any]:
    """A job's line in a list."""
    return {
        "id": job.id,
        "operation": job.operation,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "reported": {"by": job.actor_label, "object": job.object_label, "doing": job.sentence},
    }


def job_detail(job: Job, lines: Iterable[JobLog]) -> dict[str, Any]:
    """A job with its end and the lines of its log."""
    found = job_view(job)
    found["failure_code"] = job.failure_code or None
    found["cancel"] = job.cancel or None
    found["reported"] |= {
        "reason": job.reason,
        "failure": job.failure_detail,
        "output": job.output,
        "log": [{"at": line.at, "level": line.level, "said": line.message} for line in lines],
    }
    return found


def approval_view(approval: Approval) -> dict[str, Any]:
    """A request that waits for a second person."""
    return {
        "id": approval.id,
        "operation": approval.operation,
        "state": approval.state,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
        "reported": {"requester": approval.requester_label, "reason": approval.reason},
    }


def rollout_view(rollout: Rollout) -> dict[str, Any]:
    """A rollout's line in a list."""
    return {
        "id": rollout.id,
        "operation": rollout.operation,
        "state": state_of(rollout),
        "cause": rollout.cause,
        "created_at": rollout.created_at,
        "finished_at": rollout.finished_at,
        "reported": {
            "name": rollout.name,
            "by": rollout.created_by,
            "sentence": rollout.sentence,
        },
    }


def rollout_detail(rollout: Rollout, found: FleetRolloutOut) -> dict[str, Any]:
    """One rollout with its phases in numbers and a page of its devices."""
    return {
        **rollout_view(rollout),
        "started_at": rollout.started_at,
        "takes_back": rollout.takes_back_id,
        "total": found.total,
        "phases": [
            {
                "number": phase.number,
                "state": phase.state,
                "total": phase.total,
                "queued": phase.queued,
                "running": phase.running,
                "good": phase.good,
                "bad": phase.bad,
                "neutral": phase.neutral,
                "soak_until": phase.soak_until,
                "reported": {"name": phase.name, "sentence": phase.sentence},
            }
            for phase in found.phases
        ],
        "members": [
            {
                "device": member.device,
                "phase": member.phase,
                "state": member.state,
                "job": member.job,
                "reported": {"name": member.name, "detail": member.detail},
            }
            for member in found.members
        ],
    }


def schedule_view(schedule: Schedule) -> dict[str, Any]:
    """A schedule with its next run, and how the last one ended."""
    return {
        "id": schedule.id,
        "operation": schedule.operation,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "enabled": schedule.enabled,
        "next_run_at": schedule.next_run_at,
        "last_run_at": schedule.last_run_at,
        "last_verdict": schedule.last_verdict or None,
        "reported": {
            "name": schedule.name,
            "input": schedule.input,
            "last_detail": schedule.last_detail,
        },
    }


def core_view(core: Core) -> dict[str, Any]:
    """A Core with its device: design and engine in its own words."""
    found = device_view(core.device)
    found["redundant"] = core.redundant
    found["emulator"] = core.emulator
    found["controls"] = core.controls_total
    found["reported"] |= {
        "platform": core.platform,
        "engine": core.state,
        "design": core.design,
        "design_code": core.design_code,
        "status_code": core.status_code,
        "status": core.status,
    }
    return found


def control_view(control: Control) -> dict[str, Any]:
    """A control as last seen; `age_seconds` is how long ago it changed."""
    now = now_of(control)
    return {
        "id": control.id,
        "age_seconds": None if now.age is None else round(now.age, 1),
        "reported": {
            "control": control.name,
            "type": control.type,
            "value": now.value,
            "string": now.string,
            "position": now.position,
        },
    }


def policy_view(policy: ControlPolicy) -> dict[str, Any]:
    """A control policy; numbers are in the unit of the controls."""
    return {
        "id": policy.id,
        "lock": policy.lock,
        "enabled": policy.enabled,
        "protected": policy.protected,
        "max_step": policy.max_step,
        "minimum": policy.minimum,
        "maximum": policy.maximum,
        "require_reason": policy.require_reason,
        "second_person": policy.second_person,
        "unless": policy.unless or None,
        "windows": policy.windows,
        "outside": policy.outside,
        "time_zone": policy.time_zone,
        "reported": {
            "name": policy.name,
            "note": policy.note,
            "place": policy.place,
            "component": policy.component,
            "controls": policy.controls,
        },
    }


def miner_view(miner: Miner) -> dict[str, Any]:
    """A miner with its device: power in watts, rates in TH/s."""
    found = device_view(miner.device)
    found["power_target_watts"] = miner.power_target_watts
    found["power_least_watts"] = miner.power_least_watts
    found["power_most_watts"] = miner.power_most_watts
    found["sticker_terahash"] = miner.sticker_terahash
    found["reported"] |= {
        "status": miner.status,
        "platform": miner.platform,
        "boot_mode": miner.boot_mode,
        "api_version": miner.api_version,
    }
    return found


def entry_view(entry: AuditLog) -> dict[str, Any]:
    """An entry of the audit; names, reasons and details in it are somebody's words."""
    return {"id": entry.id, "at": entry.at, "reported": data_of(entry)}
