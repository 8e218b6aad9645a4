"""Who holds a request open is told of progress and change, is heard when it goes, and no longer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import ApiKey, Tenant
from apps.events.publish import publish
from apps.events.types import DeviceChanged
from apps.jobs.models import Job
from apps.kernel import clock
from apps.mcp.owner import close_here
from apps.mcp.streams import following
from apps.mcp.threads import threads
from apps.operations.core import Again
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.unit.mcp.conftest import KeyOf
from tests.unit.mcp.streaming import Stream, modern, run, until

pytestmark = pytest.mark.usefixtures("world")

WORK = {"name": "test_work_run", "arguments": {"text": "x"}}
PROGRESS = "notifications/progress"
UPDATED = "notifications/resources/updated"
ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
TASKS = {"extensions": {"io.modelcontextprotocol/tasks": {}}}


async def begun(stream: Stream) -> Job:
    """The job that a call with progress has begun."""
    await until(lambda: Job.system.exists() or stream.over)
    return await threads.run(Job.system.get)


def saying(done: int, total: int, sentence: str) -> Callable[[Any], Again]:
    """A step that says how far it is."""

    def step(ctx: Any) -> Again:
        ctx.progress(done, total, sentence)
        return Again(0, {})

    return step


def called(key: str, token: str | int = "t") -> Stream:
    return modern(key, "tools/call", WORK, meta={"progressToken": token})


def listened(key: str, *uris: str, **more: Any) -> Stream:
    wanted = {"resourceSubscriptions": list(uris), **more.pop("wanted", {})}
    return modern(key, "subscriptions/listen", {"notifications": wanted}, number=7, **more)


def renamed(tenant: Tenant, device: Any) -> None:
    event = DeviceChanged(device_id=device.id, name="unit", change="tagged")
    publish(event, tenant_id=tenant.id, site_path=device.site_path, device_id=device.id)


def test_progress_of_a_worker_reaches_the_call_and_then_the_result(
    key_of: KeyOf, world: verbs.World
) -> None:
    key = key_of()
    world.then(saying(1, 3, "One."), saying(1, 3, "Still one."), saying(3, 3, "All."))

    async def story() -> None:
        stream = called(key)
        job = await begun(stream)
        for number in range(1, 4):
            await threads.run(run_job, job.id)
            await stream.heard(PROGRESS, number)
        await threads.run(run_job, job.id)
        answer = await stream.answer()
        assert answer["result"]["structuredContent"]["output"]["text"] == "x"
        told = await stream.heard(PROGRESS)
        assert [one["message"] for one in told] == ["One.", "Still one.", "All."]
        assert {one["progressToken"] for one in told} == {"t"}
        grown = [one["progress"] for one in told]
        assert grown == sorted(set(grown)), "progress grows with every word"
        assert stream.headers["content-type"] == "text/event-stream"

    run(story)


def test_going_away_stops_the_job_at_its_next_safe_point(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    world.then(saying(1, 2, "Half."))

    async def story() -> None:
        stream = called(key)
        job = await begun(stream)
        await threads.run(run_job, job.id)
        await stream.heard(PROGRESS)
        await stream.leave()
        await until(lambda: Job.system.get().cancel == "soft")
        await threads.run(run_job, job.id)
        assert (await threads.run(Job.system.get)).state == "cancelled"

    run(story)
    assert verbs.entries(operation="jobs.job.cancel") == [("intent", ""), ("outcome", "ok")]
    assert len(world.done) == 1


def test_a_shutdown_ends_the_call_and_not_the_job(key_of: KeyOf) -> None:
    key = key_of()

    async def story() -> None:
        stream = called(key)
        job = await begun(stream)
        await close_here()
        answer = await stream.answer()
        assert answer["result"]["structuredContent"]["job"]["id"] == str(job.id)
        assert answer["result"]["structuredContent"]["status"] == "accepted"

    run(story)
    assert Job.system.get().cancel == ""
    assert not verbs.rows(operation="jobs.job.cancel")


def test_a_call_that_waits_too_long_says_where_to_look(
    key_of: KeyOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LONGEST", 0.0)
    key = key_of()

    async def story() -> None:
        answer = await called(key).answer()
        assert answer["result"]["structuredContent"]["status"] == "accepted"

    run(story)
    assert Job.system.get().cancel == ""


@pytest.mark.usefixtures("path")
def test_a_revoked_credential_ends_its_streams_and_stops_nothing(key_of: KeyOf) -> None:
    kept, lost = key_of(), key_of()

    async def story() -> None:
        mine = listened(kept, "jobs://jobs")
        open_streams = [listened(lost, "jobs://jobs"), called(lost)]
        await open_streams[0].heard(ACKNOWLEDGED)
        await mine.heard(ACKNOWLEDGED)
        await begun(open_streams[1])
        await threads.run(revoke, lost)
        for stream in open_streams:
            await stream.until(lambda one: one.over)
        assert open_streams[1].status == 401, "nothing was sent before"
        assert not mine.over
        await mine.leave()

    run(story)
    assert Job.system.get().cancel == ""


def revoke(key: str) -> None:
    ApiKey.system.filter(prefix=key.split("_")[1]).update(revoked_at=clock.now())


@pytest.mark.usefixtures("path")
def test_a_subscription_is_acknowledged_and_told_of_what_it_may_see(
    key_of: KeyOf, tenant: Tenant
) -> None:
    key, other = key_of(), factories.tenant()
    mine, foreign = factories.device(tenant), factories.device(other)
    uris = [f"fleet://devices/{one.id}" for one in (mine, foreign)]

    async def story() -> None:
        stream = listened(key, *uris, "jobs://jobs", wanted={"toolsListChanged": True})
        said = await stream.heard(ACKNOWLEDGED)
        assert said[0]["notifications"]["resourceSubscriptions"] == [*uris, "jobs://jobs"]
        assert said[0]["notifications"]["toolsListChanged"] is True
        assert said[0]["_meta"] == {SUBSCRIPTION: 7}
        await threads.run(renamed, other, foreign)
        await threads.run(renamed, tenant, mine)
        told = await stream.heard(UPDATED)
        assert told == [{"uri": uris[0], "_meta": {SUBSCRIPTION: 7}}]
        assert stream.messages[0]["method"] == ACKNOWLEDGED
        await stream.leave()

    run(story)


@pytest.mark.usefixtures("path")
def test_a_place_outside_the_grant_is_silent(key_of: KeyOf, tenant: Tenant) -> None:
    near, far = (factories.device(tenant, site_path=path) for path in ("/here/", "/there/"))
    key = key_of(site_path="/here/")

    async def story() -> None:
        stream = listened(key, *(f"fleet://devices/{one.id}" for one in (near, far)))
        await stream.heard(ACKNOWLEDGED)
        await threads.run(renamed, tenant, far)
        await threads.run(renamed, tenant, near)
        told = await stream.heard(UPDATED)
        assert [one["uri"] for one in told] == [f"fleet://devices/{near.id}"]
        await stream.leave()

    run(story)


@pytest.mark.usefixtures("path")
def test_many_events_are_one_notice(key_of: KeyOf, tenant: Tenant) -> None:
    key, device = key_of(), factories.device(tenant)

    async def story() -> None:
        stream = listened(key, f"fleet://devices/{device.id}", "fleet://summary")
        await stream.heard(ACKNOWLEDGED)

        def storm() -> None:
            with transaction.atomic():
                for _ in range(50):
                    renamed(tenant, device)

        await threads.run(storm)
        told = await stream.heard(UPDATED, 2)
        assert {one["uri"] for one in told} == {f"fleet://devices/{device.id}", "fleet://summary"}
        await stream.leave()
        assert len(told) <= 4

    run(story)


@pytest.mark.usefixtures("path")
def test_a_subscription_to_tasks_is_told_how_they_stand(key_of: KeyOf, world: verbs.World) -> None:
    key = key_of()
    world.then(saying(1, 2, "Half."))

    async def story() -> None:
        begun = modern(key, "tools/call", WORK, capabilities=TASKS)
        task = (await begun.answer())["result"]["taskId"]
        refused = listened(key, wanted={"taskIds": [task]})
        assert (await refused.answer())["error"]["code"] == -32021
        stream = listened(key, wanted={"taskIds": [task]}, capabilities=TASKS)
        assert (await stream.heard(ACKNOWLEDGED))[0]["notifications"]["taskIds"] == [task]
        job = await threads.run(Job.system.get)
        await threads.run(run_job, job.id)
        first = (await stream.heard("notifications/tasks"))[0]
        assert (first["taskId"], first["status"]) == (task, "working")
        await threads.run(run_job, job.id)
        await stream.until(lambda one: one.messages[-1]["params"].get("status") == "completed")
        last = stream.messages[-1]["params"]
        assert last["result"]["structuredContent"]["output"]["text"] == "x"
        await stream.leave()

    run(story)


@pytest.mark.usefixtures("path")
def test_a_shutdown_says_farewell_to_subscriptions(key_of: KeyOf) -> None:
    key = key_of()

    async def story() -> None:
        stream = listened(key, "jobs://jobs")
        await stream.heard(ACKNOWLEDGED)
        await close_here()
        assert (await stream.answer())["result"]["_meta"][SUBSCRIPTION] == 7

    run(story)


def test_too_many_addresses_are_refused(key_of: KeyOf) -> None:
    key = key_of()

    async def story() -> None:
        stream = listened(key, *(f"jobs://jobs/{number}" for number in range(1_001)))
        assert (await stream.answer())["error"]["code"] == -32602

    run(story)


def test_fifty_callers_follow_and_half_go_away(key_of: KeyOf, world: verbs.World) -> None:
    keys = [key_of() for _ in range(50)]
    world.then(*(saying(1, 2, "Half.") for _ in keys))

    async def story() -> None:
        streams = [called(key, number) for number, key in enumerate(keys)]
        await until(lambda: Job.system.count() == 50)
        jobs = await threads.run(lambda: list(Job.system.order_by("id")))
        for job in jobs:
            await threads.run(run_job, job.id)
        for number, stream in enumerate(streams):
            told = await stream.heard(PROGRESS)
            assert [one["progressToken"] for one in told] == [number], "nobody hears another's"
        await asyncio.gather(*(stream.leave() for stream in streams[:25]))
        await until(lambda: Job.system.filter(cancel="soft").count() == 25)
        for job in jobs:
            await threads.run(run_job, job.id)
        answers = await asyncio.gather(*(stream.answer() for stream in streams[25:]))
        done = [one["result"]["structuredContent"]["status"] for one in answers]
        assert done == ["ok"] * 25

    run(story)
    states = list(Job.system.order_by("state").values_list("state", flat=True))
    assert states == ["cancelled"] * 25 + ["succeeded"] * 25
