"""The plane says when evidence, jobs or verdicts wait too long."""

from datetime import timedelta

import pytest

from apps.accounts.models import Tenant
from apps.audit import sealer
from apps.audit.models import Seal
from apps.jobs.models import Job
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.operations.builtin import checks
from apps.operations.health import Health
from tests.support import factories
from tests.support.verbs import World


@pytest.mark.django_db(transaction=True)
def test_evidence_that_waits_for_its_seal_degrades(world: World) -> None:
    assert checks.audit().status is Health.OK
    world.call("test.note.write", {}, factories.actor_of("operator"))
    assert checks.audit().status is Health.OK
    with clock.using(clock.ManualClock(clock.now() + timedelta(seconds=60))):
        found = checks.audit()
        assert found.status is Health.DEGRADED
        assert 59 < found.data["seal_lag_seconds"] < 62
    sealer.seal_all()
    assert checks.audit().data == {"seal_lag_seconds": 0.0}


@pytest.mark.django_db(transaction=True)
def test_database_that_turned_back_degrades(world: World) -> None:
    assert not sealer.turned_back()
    world.call("test.note.write", {}, factories.actor_of("operator"))
    sealer.seal_all()
    assert not sealer.turned_back()
    last = Seal.objects.get()
    last.number, last.last_tx = 2, last.last_tx + 1_000_000
    last.save(force_insert=True)
    found = checks.audit()
    assert found.status is Health.DEGRADED
    assert "restore" in found.detail


def test_job_without_a_worker_degrades(world: World, tenant: Tenant) -> None:
    assert checks.jobs().status is Health.OK
    factories.job(factories.actor_of("engineer", tenant))
    assert checks.jobs().status is Health.OK
    Job.system.update(created_at=clock.now() - timedelta(seconds=90))
    assert checks.jobs().status is Health.DEGRADED
    Job.system.update(state="waiting", wake_at=clock.now() - timedelta(seconds=70))
    assert checks.jobs().data["oldest_queued_seconds"] == pytest.approx(70, abs=2)
    Job.system.update(wake_at=clock.now() + timedelta(seconds=70))
    assert checks.jobs().status is Health.OK


def test_call_without_a_verdict_degrades(world: World, tenant: Tenant) -> None:
    assert checks.verdicts().status is Health.OK
    world.then(Failure(Code.INDETERMINATE, "Lost."))
    with pytest.raises(Failure):
        world.call("test.unit.set", {"text": "x"}, factories.actor_of("operator", tenant))
    assert checks.verdicts().data == {"unsettled_calls": 1}
