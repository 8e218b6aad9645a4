"""Rows as an assistant reads them; what machines and people wrote stands under `reported`."""

from collections.abc import Iterable
from typing import Any

from apps.fleet.models import Device, DeviceState
from apps.jobs.models import Job, JobLog
from apps.kernel import clock
from apps.operations.models import Approval


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
