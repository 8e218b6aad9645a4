"""A page is planned, handed in once, followed to its end, and never handed in twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from apps.events.models import Outbox
from apps.fleet import loop as device_loop
from apps.fleet.models import Device
from apps.fleet.services import stop_set
from apps.jobs.models import Job, JobState
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.call import Call
from apps.operations.context import Context
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status
from apps.operations.steps import run_job
from apps.qsys.models import Page
from apps.qsys.schemas.pages import QsysPageStopIn
from apps.qsys.services.paging import following, stopping
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support import factories
from tests.unit.qsys.operations.conftest import running
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
SUBMIT, STOP = "qsys.page.submit", "qsys.page.stop"
CHIME: dict[str, Any] = {"mode": "message", "message": "Chime.wav"}
LIVE: dict[str, Any] = {"mode": "live", "station": "Desk"}


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A Core whose design has a paging router of six zones, and talks quickly."""
    core = Core(demo_design(300, 2))
    core.paging.pace.preamble = core.paging.pace.message = core.paging.pace.playback = 0.02
    yield from running(core)


@pytest.fixture
def page(call: Calling) -> Callable[..., Job]:
    """Plans, confirms and begins a page; its job after the first step."""

    def paging(**members: Any) -> Job:
        own = {"_key": new_id().hex}
        asked = call(SUBMIT, **members, **own)
        assert asked.status is Status.NEEDS_CONFIRMATION
        outcome = call(SUBMIT, **members, **own, _confirmation=asked.confirmation)
        assert outcome.job is not None
        assert run_job(outcome.job.id)
        return Job.system.get(id=outcome.job.id)

    return paging


def row(job: Job) -> Page:
    return Page.system.get(job_id=job.id)


@contextmanager
def later(seconds: float) -> Iterator[None]:
    with clock.using(clock.ManualClock(clock.now() + timedelta(seconds=seconds))):
        yield


def followed(job: Job, wanted: Callable[[Job], bool] | None = None, steps: int = 40) -> Job:
    """Steps of the job until it is over or as wanted, with as much real time between as work."""
    for number in range(1, steps):
        with later(2.0 * number):
            run_job(job.id)
        job.refresh_from_db()
        if wanted(job) if wanted else job.finished_at is not None:
            return job
        device_loop.run(rest())
    raise AssertionError(f"job is {job.state}: {job.sentence} {row(job).state}")


async def rest() -> None:
    """A turn for the simulated Core, whose sounds take 20 ms."""
    await asyncio.sleep(0.02)


def out(outcome: Outcome) -> dict[str, Any]:
    assert outcome.output is not None
    return outcome.output


def ending(job: Job) -> Any:
    assert job.output is not None
    return job.output["ending"]


def submits(host: CoreHost) -> int:
    return host.core.counts["PA.PageSubmit"]


def test_a_message_is_planned_confirmed_and_followed_to_its_end(
    call: Calling, page: Callable[..., Job], host: CoreHost
) -> None:
    plan = call(SUBMIT, **CHIME, zones=["Zone 2", 1], _key="a", _dry_run=True).plan
    assert plan is not None
    assert [(one.what, one.before) for one in plan.changes] == [
        ("zone 1 Zone 1", "free"), ("zone 2 Zone 2", "free"),
    ]  # fmt: skip
    assert "Everybody in 2 zones hears it" in plan.risks[0]
    assert submits(host) == 0
    job = followed(page(**CHIME, zones=["Zone 2", 1], preamble="Chime.wav"))
    assert (job.state, submits(host)) == (JobState.SUCCEEDED, 1)
    assert ending(job) == "success"
    assert job.output is not None
    assert job.output["zones"] == ["Zone 1", "Zone 2"]
    told = Outbox.objects.filter(type="qsys.page.changed").order_by("id")
    states = [one.payload["state"] for one in told]
    assert states == ["sending", "ready", "wait", "output", "done"]


def test_a_live_page_lasts_until_it_is_stopped_and_is_listed_meanwhile(
    call: Calling, page: Callable[..., Job], host: CoreHost, device: Device
) -> None:
    job = page(**LIVE, tags=["All"])
    (listed,) = out(call("qsys.page.list"))["pages"]
    assert (listed["state"], listed["detail"], listed["source"]) == ("input", "live", "Desk")
    zones = out(call("qsys.zone.list"))
    assert {one["page"] for one in zones["zones"]} == {row(job).number}
    assert zones["priorities"][0] == {"number": 1, "name": "Emergency"}
    assert zones["tags"] == ["All"]
    stop = {"page": listed["page"]}
    plan = calling(device, STOP, stop, dry_run=True).plan
    assert plan is not None
    assert {one.after for one in plan.changes} == {"silent"}
    calling(device, STOP, stop)
    job = followed(job)
    assert ending(job) == "success"
    assert out(call("qsys.page.list"))["pages"] == []
    assert out(call("qsys.page.list", over=True))["pages"][0]["ending"] == "success"
    with pytest.raises(Failure, match=r"over \(success\)"):
        calling(device, STOP, stop)


def test_an_emergency_stop_lets_a_page_be_silenced(
    page: Callable[..., Job], host: CoreHost, device: Device
) -> None:
    spoken, recorded = page(**LIVE, zones=[1]), page(**LIVE | {"mode": "delay"}, zones=[2])
    stop_set(tenant_id=device.tenant_id, path="/", set_by="Ann", reason="fire")
    calling(device, STOP, {"page": str(row(spoken).id)})
    assert ending(followed(spoken)) == "success"
    # Stopping a recording would send it out; only dropping it is silence.
    with pytest.raises(Failure, match="nothing was sent"):
        calling(device, STOP, {"page": str(row(recorded).id)})
    assert host.core.counts["PA.PageStop"] == 1
    calling(device, STOP, {"page": str(row(recorded).id), "cancel": True})
    assert ending(followed(recorded)) == "cancel"


def calling(device: Device, operation: str, given: dict[str, Any], **own: Any) -> Outcome:
    """A call that names no Core."""
    actor = factories.actor_of("operator", device.tenant)
    return invoke(Call(operation=operation, input=given, actor=actor, face=Face.REST, **own))


@pytest.mark.parametrize(
    ("wrong", "path", "words"),
    [
        ({**CHIME, "zones": ["Zone 22"]}, "zones.0", "Did you mean 'Zone 2'?"),
        ({**CHIME, "zones": [1, 7]}, "zones.1", "no paging zone 7"),
        ({**CHIME, "tags": ["Lobby"]}, "tags.0", "no paging zone bears the tag"),
        ({**CHIME, "zones": [1], "priority": 9}, "priority", "no priority 9"),
        ({**LIVE, "zones": [1], "message": "Chime.wav"}, "input", "needs the station"),
        (CHIME, "input", "needs zones or tags"),
    ],
)
def test_what_cannot_be_paged_is_refused_before_anything_is_sent(
    call: Calling, host: CoreHost, wrong: dict[str, Any], path: str, words: str
) -> None:
    failure = refusal(call, SUBMIT, **wrong, _key="a")
    assert failure.code is Code.INVALID
    assert any(words in f"{one.message} {failure.detail}" for one in failure.errors)
    assert submits(host) == 0
    assert not Page.system.exists()


def test_the_cores_own_refusal_ends_it_at_once(page: Callable[..., Job], host: CoreHost) -> None:
    job = page(mode="message", message="Nothing.wav", zones=[1])
    assert (job.state, row(job).ending) == (JobState.FAILED, "refused")
    assert "Nothing.wav" in job.failure_detail
    assert "Nothing was paged." in job.failure_detail
    assert submits(host) == 1


def test_a_page_is_overtaken_and_another_waits_its_turn(
    page: Callable[..., Job], host: CoreHost
) -> None:
    low = page(**LIVE, zones=[1, 2])
    waits = page(**LIVE, zones=[2], queue=0)
    assert row(waits).detail == "queued"
    high = page(**LIVE, zones=[1], priority=1)
    low = followed(low)
    assert (low.state, low.failure_code) == (JobState.FAILED, Code.DEVICE_REJECTED)
    assert "higher priority" in low.failure_detail
    assert row(high).state == "input"
    followed(waits, lambda job: row(job).state == "input")
    proud = page(**CHIME, zones=[1], queue=-1)
    proud = followed(proud)
    assert (proud.state, row(proud).ending) == (JobState.FAILED, "fail")


def test_a_stop_while_nobody_hears_the_core_tells_how_it_ended(
    page: Callable[..., Job], host: CoreHost, device: Device
) -> None:
    job = page(**LIVE, zones=[1])
    host.core.faults.quiet = True
    device_loop.run(cut(host))
    calling(device, STOP, {"page": str(row(job).id), "cancel": True})
    with pytest.raises(Failure, match="it is over"):
        calling(device, STOP, {"page": str(row(job).id)})
    host.core.faults.quiet = False
    job = followed(job)
    assert (ending(job), row(job).asked) == ("cancel", "cancel")


def test_cancelling_the_job_drops_the_page(page: Callable[..., Job], host: CoreHost) -> None:
    job = page(**LIVE, zones=[3])
    Job.system.filter(id=job.id).update(cancel="soft")
    job = followed(job)
    assert (job.state, row(job).ending) == (JobState.CANCELLED, "cancel")
    assert host.core.paging.pages == {}


def test_a_lost_answer_is_known_by_what_the_core_pushed(
    page: Callable[..., Job], host: CoreHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ANSWER", 0.2)
    host.core.faults.swallow = {"PA.PageSubmit"}
    job = followed(page(**CHIME, zones=[1]))
    assert (job.state, submits(host)) == (JobState.SUCCEEDED, 1)


def test_a_lost_answer_on_a_lost_line_is_known_by_the_zones(
    page: Callable[..., Job], host: CoreHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ANSWER", 0.2)
    host.core.faults.swallow = {"PA.PageSubmit"}
    host.core.faults.quiet = True
    job = page(**LIVE, zones=[4, 5])
    assert job.state == JobState.RECONCILING
    host.core.faults.quiet = False
    job = followed(job, lambda job: row(job).number is not None)
    assert row(job).detail == "seen"
    device_loop.run(cut(host))
    number = row(job).number
    device_loop.run(ended(host, number))
    job = followed(job)
    assert (job.state, submits(host)) == (JobState.SUCCEEDED, 1)
    assert ending(job) == "unseen"


async def cut(host: CoreHost) -> None:
    """All connections with the Core go; its pages go on."""
    host.cut()


async def ended(host: CoreHost, number: int | None) -> None:
    """Somebody at the Core ends a page."""
    assert number is not None
    host.core.paging.end(host.core.paging.pages[number], "success")


def test_a_page_that_nobody_can_find_again_waits_for_a_person(
    page: Callable[..., Job], host: CoreHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "ANSWER", 0.2)
    host.core.faults.ignore = {"PA.PageSubmit"}
    job = followed(page(**LIVE, zones=[1]))
    assert (job.state, row(job).state) == (JobState.NEEDS_HUMAN, "unknown")
    assert "before you submit it again" in job.failure_detail
    assert submits(host) == 1


def test_a_connection_lost_in_the_middle_costs_nothing_but_the_verdict(
    page: Callable[..., Job], host: CoreHost
) -> None:
    job = page(**LIVE, zones=[1])
    device_loop.run(cut(host))
    job = followed(job, lambda job: row(job).state == "input" and job.steps > 3)
    number = row(job).number
    device_loop.run(ended(host, number))
    job = followed(job)
    assert (ending(job), submits(host)) == ("unseen", 1)


def test_an_absent_core_is_not_paged_later(
    call: Calling, page: Callable[..., Job], host: CoreHost
) -> None:
    asked = call(SUBMIT, **CHIME, zones=[1], _key="k")
    outcome = call(SUBMIT, **CHIME, zones=[1], _key="k", _confirmation=asked.confirmation)
    device_loop.run(host.stop())
    assert outcome.job is not None
    run_job(outcome.job.id)
    job = Job.system.get(id=outcome.job.id)
    assert (job.state, job.failure_code) == (JobState.FAILED, Code.UNREACHABLE)
    assert "Submit it again if it is still wanted." in job.failure_detail
    assert not Page.system.exists()


def test_policies_hold_for_zones_by_number_and_by_name(
    call: Calling, host: CoreHost, device: Device
) -> None:
    engineer = factories.actor_of("engineer", device.tenant)
    call("qsys.policy.save", by=engineer, name="Quiet", controls=["zone.Zone 3"], protected=True)
    failure = refusal(call, SUBMIT, **CHIME, zones=[3], _key="a")
    assert failure.code is Code.CONFLICT
    assert "protected" in failure.detail
    assert submits(host) == 0
    call("qsys.policy.save", by=engineer, name="Two of us", controls=["zone.2"], second_person=True)
    asked = call(SUBMIT, **CHIME, zones=["Zone 2"], _key="b")
    confirmed = call(SUBMIT, **CHIME, zones=["Zone 2"], _key="b", _confirmation=asked.confirmation)
    assert confirmed.status is Status.NEEDS_APPROVAL
    assert submits(host) == 0


def test_a_viewer_looks_and_does_not_page(
    call: Calling, page: Callable[..., Job], host: CoreHost, device: Device
) -> None:
    viewer = factories.actor_of("viewer", device.tenant)
    assert refusal(call, SUBMIT, by=viewer, **CHIME, zones=[1], _key="a").code is Code.FORBIDDEN
    assert submits(host) == 0
    page(**LIVE, zones=[1])
    assert out(call("qsys.zone.list", by=viewer))["zones"][0]["busy"]
    assert len(out(call("qsys.page.list", by=viewer))["pages"]) == 1


def test_a_lost_stop_is_settled_by_the_zones(
    page: Callable[..., Job], host: CoreHost, operator: Actor
) -> None:
    held = row(page(**LIVE, zones=[1]))
    asked = Call(operation=STOP, input={}, actor=operator, face=Face.REST)
    data = QsysPageStopIn(page=held.id)

    def settled(seconds: float) -> Outcome | None:
        with later(seconds):
            context = Context(call=asked, deadline=clock.monotonic() + 5)
            return stopping.page_stop_settle(context, data, asked.id)

    assert settled(0) is None
    late = settled(9)
    assert late is not None
    assert late.status is Status.ERROR
    device_loop.run(ended(host, held.number))
    done = settled(9)
    assert done is not None
    assert done.status is Status.OK
