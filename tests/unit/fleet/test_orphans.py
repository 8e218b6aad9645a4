import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet import targets
from apps.fleet.models import Device, Target
from apps.fleet.models.target import TERMINAL
from apps.fleet.models.target import TargetState as State
from apps.fleet.orphans import WAYS, targets_close_orphans
from apps.jobs.models import Job, JobState
from apps.jobs.transitions import OPEN
from apps.kernel.ids import new_id
from tests.support import factories
from tests.unit.fleet.support import context


@pytest.fixture
def machine(tenant: Tenant) -> Device:
    return factories.device(tenant, name="Lobby")


def held_by(job: Job, device: Device, state: State = State.QUEUED) -> Target:
    """A target of the job that stands in `state`."""
    target = targets.target_create(context(job_id=job.id), device)
    Target.system.filter(id=target.id).update(state=state)
    return Target.system.get(id=target.id)


def job_in(state: JobState, tenant: Tenant) -> Job:
    by = factories.actor_of("engineer", tenant)
    return factories.job(by, state=state, failure_detail="3 workers died on this job.")


def moves(job: Job) -> list[str]:
    rows = AuditLog.system.filter(entry="transition", job_id=job.id).order_by("id")
    return [row.verdict for row in rows]


@pytest.mark.parametrize(
    ("state", "job_state", "way"),
    [
        (State.QUEUED, JobState.FAILED, ["cancelled"]),
        (State.PREFLIGHT, JobState.FAILED, ["failed"]),
        (State.PREFLIGHT, JobState.CANCELLED, ["cancelled"]),
        (State.READY, JobState.NEEDS_HUMAN, ["cancelled"]),
        (State.SENDING, JobState.NEEDS_HUMAN, ["reconciling", "needs_human"]),
        (State.REBOOTING, JobState.FAILED, ["reconciling", "needs_human"]),
        (State.COMMITTED, JobState.CANCELLED, ["reconciling", "needs_human"]),
        (State.RECONCILING, JobState.NEEDS_HUMAN, ["needs_human"]),
        (State.ROLLING_BACK, JobState.FAILED, ["rollback_failed"]),
    ],
)
def test_a_target_without_its_job_ends_as_far_as_it_came(
    machine: Device, tenant: Tenant, state: State, job_state: JobState, way: list[str]
) -> None:
    job = job_in(job_state, tenant)
    target = held_by(job, machine, state)
    assert targets_close_orphans() == 1
    assert moves(job) == way
    assert Target.system.get(id=target.id).state == way[-1]
    assert targets.holder_of(machine) is None


@pytest.mark.parametrize("job_state", sorted(OPEN))
def test_a_target_whose_job_is_open_is_left_alone(
    machine: Device, tenant: Tenant, job_state: JobState
) -> None:
    held_by(job_in(job_state, tenant), machine, State.SENDING)
    assert targets_close_orphans() == 0
    assert targets.holder_of(machine) is not None


@pytest.mark.parametrize("state", TERMINAL)
def test_a_target_that_is_over_is_left_alone(machine: Device, tenant: Tenant, state: str) -> None:
    held_by(job_in(JobState.FAILED, tenant), machine, State(state))
    assert targets_close_orphans() == 0


def test_the_evidence_names_the_job_and_the_plane(machine: Device, tenant: Tenant) -> None:
    job = job_in(JobState.NEEDS_HUMAN, tenant)
    held_by(job, machine, State.SENT)
    targets_close_orphans()
    row = AuditLog.system.filter(entry="transition", job_id=job.id).latest("id")
    assert (row.actor_label, row.call_id, row.device_id) == (
        "system:fleet",
        job.call_id,
        machine.id,
    )
    assert (row.tenant_id, row.face) == (tenant.id, job.face)
    assert "3 workers died" in row.detail
    told = Outbox.objects.filter(type="fleet.target.moved").latest("id")
    assert told.payload["state"] == "needs_human"


def test_a_job_that_is_no_longer_there_holds_nothing(machine: Device) -> None:
    targets.target_create(context(job_id=new_id()), machine)
    assert targets_close_orphans() == 1
    assert targets.holder_of(machine) is None


def test_closing_twice_changes_nothing(machine: Device, tenant: Tenant) -> None:
    job = job_in(JobState.FAILED, tenant)
    held_by(job, machine, State.SENDING)
    assert [targets_close_orphans(), targets_close_orphans()] == [1, 0]
    assert len(moves(job)) == 2


def test_the_device_can_be_had_again(machine: Device, tenant: Tenant) -> None:
    held_by(job_in(JobState.FAILED, tenant), machine, State.SENT)
    targets_close_orphans()
    assert targets.target_create(context(job_id=new_id()), machine).state == State.QUEUED


def test_one_that_moves_meanwhile_does_not_stop_the_others(
    machine: Device, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = held_by(job_in(JobState.FAILED, tenant), machine, State.SENT)
    second = held_by(job_in(JobState.FAILED, tenant), factories.device(tenant), State.READY)
    plain = targets._update

    def interfere(target: Target, *rest: object) -> None:
        if target.id == first.id:
            Target.system.filter(id=first.id).update(version=99)
        plain(target, *rest)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(targets, "_update", interfere)
    assert targets_close_orphans() == 1
    states = {row.id: row.state for row in Target.system.all()}
    assert states == {first.id: State.SENT, second.id: State.CANCELLED}


def test_every_state_that_holds_a_device_has_a_way_out_of_the_table() -> None:
    assert set(WAYS) == set(State) - {State(state) for state in TERMINAL}
    for source, way in WAYS.items():
        steps = zip((source, *way), way, strict=False)
        assert all(targets.may_move(here, there) for here, there in steps)
        assert way[-1] in TERMINAL
