"""Support archives: whole or not at all, handed to whoever may see the miner, gone in time."""

import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.jobs.models import Job, JobState
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.archives import files
from apps.miners.models import SupportArchive
from apps.miners.simulator import SimulatedMiner
from apps.miners.tasks import archives as sweep
from apps.operations.steps import run_job
from tests.support import factories
from tests.support.minersite import MinerSite, call

FETCH = "miners.archive.fetch"


@pytest.fixture(autouse=True)
def place(configure: Any, tmp_path: Path) -> None:
    configure(state_dir=tmp_path)


def fetched(actor: Actor, device: Device) -> Job:
    found = call(actor, FETCH, {"device": device.name})
    assert found.job is not None
    assert run_job(found.job.id)
    return Job.system.get(id=found.job.id)


def archive(actor: Actor, device: Device) -> SupportArchive:
    job = fetched(actor, device)
    assert job.state == JobState.SUCCEEDED, job.failure_detail
    return SupportArchive.system.get(id=job.output["archive"])


def left() -> list[str]:
    return sorted(path.name for path in files.folder().iterdir())


def test_it_is_a_private_zip_that_whoever_may_see_the_miner_downloads(
    miner: SimulatedMiner, device: Device, tenant: Tenant, operator: Actor
) -> None:
    row = archive(operator, device)
    path = files.path_of(row.job_id)
    assert (path.stat().st_mode & 0o777, left()) == (0o600, [path.name])
    assert row.firmware == miner.state.version
    key = factories.api_key(factories.user(tenant, "viewer"))
    answer = Client(headers={"x-api-key": key}).get(f"/api/v1/archives/{row.id}/file/")
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert (answer.status_code, answer["content-type"]) == (200, "application/zip")
    assert len(data) == row.size
    assert ZipFile(io.BytesIO(data)).testzip() is None
    told = AuditLog.system.get(operation="miners.archive.download")
    assert (told.verdict, told.object_id) == ("ok", device.id)


def test_another_tenant_finds_none_and_nothing_is_handed_out(
    device: Device, operator: Actor
) -> None:
    row = archive(operator, device)
    key = factories.api_key(factories.user(factories.tenant(), "admin"))
    answer = Client(headers={"x-api-key": key}).get(f"/api/v1/archives/{row.id}/file/")
    assert answer.status_code == 404
    assert not AuditLog.system.filter(operation="miners.archive.download", verdict="ok").exists()


@pytest.mark.parametrize("kind", ["noise", "truncated"])
def test_what_is_no_zip_leaves_nothing(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor, kind: str
) -> None:
    site.fault(miner, "garbage", kind=kind, methods=["GetSupportArchive"])
    job = fetched(operator, device)
    assert job.state != JobState.SUCCEEDED
    assert (left(), SupportArchive.system.count()) == ([], 0)


def test_a_viewer_may_not_have_one_fetched(
    miner: SimulatedMiner, device: Device, tenant: Tenant
) -> None:
    with pytest.raises(Failure) as caught:
        call(factories.actor_of("viewer", tenant), FETCH, {"device": device.name})
    assert caught.value.code is Code.FORBIDDEN
    assert (left(), Job.system.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_one_is_deleted_before_its_time_and_the_sweep_takes_the_others(
    device: Device, operator: Actor
) -> None:
    first, over, kept = (archive(operator, device) for _ in range(3))
    call(operator, "miners.archive.delete", {"archive": str(first.id)})
    SupportArchive.system.filter(id=over.id).update(expires_at=clocks.now())
    stray = files.folder() / f"{uuid4()}.zip"
    stray.write_bytes(b"x")
    old = (clocks.now() - timedelta(hours=2)).timestamp()
    os.utime(stray, (old, old))
    sweep()
    assert left() == [f"{kept.job_id}.zip"]
    assert list(SupportArchive.system.all()) == [kept]
    with pytest.raises(Failure) as caught:
        call(operator, "miners.archive.download", {"archive": str(over.id)})
    assert caught.value.code is Code.NOT_FOUND
