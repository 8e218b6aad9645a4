"""Handshake clients in a session: asked back, told of change, heard when they cancel."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.events.publish import publish
from apps.events.types import DeviceChanged
from apps.jobs.models import Job
from apps.mcp.owner import close_here
from apps.mcp.threads import threads
from apps.operations.core import Again
from apps.operations.steps import run_job
from tests.support import factories, verbs
from tests.unit.mcp.asking import HANDSHAKE, ask
from tests.unit.mcp.conftest import KeyOf
from tests.unit.mcp.streaming import Session, Stream, run, until

pytestmark = pytest.mark.usefixtures("world")

UPDATED = "notifications/resources/updated"
WORK = {"name": "test_work_run", "arguments": {"text": "x"}}


def reboot(device: Any) -> dict[str, Any]:
    return {"name": "test_unit_reboot", "arguments": {"devices": [str(device.id)], "text": "now"}}


async def asked(stream: Stream) -> dict[str, Any]:
    """What the server asks within a request."""
    await stream.until(
        lambda one: any(m.get("method") == "elicitation/create" for m in one.messages)
    )
    return next(one for one in stream.messages if one.get("method") == "elicitation/create")


def renamed(tenant: Tenant, device: Any) -> None:
    event = DeviceChanged(device_id=device.id, name="unit", change="tagged")
    publish(event, tenant_id=tenant.id, site_path=device.site_path, device_id=device.id)


@pytest.mark.parametrize("agrees", [True, False])
def test_its_person_is_asked_while_the_call_waits(
    key_of: KeyOf, tenant: Tenant, world: verbs.World, agrees: bool
) -> None:
    key, device = key_of(), factories.device(tenant)

    async def story() -> None:
        session = await Session(key).open()
        call = session.ask("tools/call", reboot(device))
        question = await asked(call)
        assert "test.unit.reboot would act on 1 target(s)" in question["params"]["message"]
        assert world.done == []
        said = (
            {"action": "accept", "content": {"confirm": True}} if agrees else {"action": "decline"}
        )
        assert await session.reply(question, said) == 202
        content = (await call.answer())["result"]["structuredContent"]
        assert content["status"] == ("ok" if agrees else "error")

    run(story)
    assert len(world.done) == int(agrees)


def test_another_credential_is_not_let_into_a_session(
    key_of: KeyOf, tenant: Tenant, world: verbs.World
) -> None:
    key, other, device = key_of(), key_of(), factories.device(tenant)

    async def story() -> None:
        session = await Session(key).open()
        call = session.ask("tools/call", reboot(device))
        question = await asked(call)
        thief = session.as_another(other)
        yes = {"action": "accept", "content": {"confirm": True}}
        assert await thief.reply(question, yes) == 404
        assert await thief.end() == 404
        stream = thief.stand()
        await stream.until(lambda one: one.over)
        assert stream.status == 404
        assert world.done == []
        await session.reply(question, {"action": "decline"})
        await call.answer()

    run(story)
    assert world.done == []


def test_a_session_is_told_of_what_it_subscribed_to(key_of: KeyOf, tenant: Tenant) -> None:
    key, other = key_of(), factories.tenant()
    mine, foreign = factories.device(tenant), factories.device(other)
    uris = [f"fleet://devices/{one.id}" for one in (mine, foreign)]

    async def story() -> None:
        session = await Session(key).open()
        standing = session.stand()
        await standing.until(lambda one: one.status == 200)
        for uri in uris:
            assert (await session.ask("resources/subscribe", {"uri": uri}).answer())["result"] == {}
        await threads.run(renamed, other, foreign)
        await threads.run(renamed, tenant, mine)
        assert await standing.heard(UPDATED) == [{"uri": uris[0]}]
        await session.ask("resources/unsubscribe", {"uri": uris[0]}).answer()
        await session.ask("resources/subscribe", {"uri": "fleet://summary"}).answer()
        await threads.run(renamed, tenant, mine)
        told = await standing.heard(UPDATED, 2)
        assert told[1] == {"uri": "fleet://summary"}
        assert await session.end() == 200

    run(story)


def test_without_a_session_a_subscription_says_what_to_do(key_of: KeyOf) -> None:
    reply = ask(key_of(), "resources/subscribe", {"uri": "jobs://jobs"}, version=HANDSHAKE)
    assert reply.error["code"] == -32602
    assert "subscriptions/listen" in reply.error["message"]


def test_cancelling_stops_the_job_and_going_away_does_not(
    key_of: KeyOf, world: verbs.World
) -> None:
    key = key_of()

    def half(ctx: Any) -> Again:
        ctx.progress(1, 2, "Half.")
        return Again(0, {})

    world.then(half, half)

    async def story() -> None:
        session = await Session(key).open()
        for number, cancelled in enumerate((False, True), start=1):
            call = session.ask("tools/call", {**WORK, "_meta": {"progressToken": number}})
            await until(lambda n=number: Job.system.count() == n)
            job = await threads.run(Job.system.first)
            await threads.run(run_job, job.id)
            await call.heard("notifications/progress")
            if cancelled:
                await session.tell("notifications/cancelled", requestId=session._number)
                await until(lambda j=job: Job.system.get(id=j.id).cancel == "soft")
            else:
                await call.leave()
        await session.end()

    run(story)
    assert list(Job.system.order_by("id").values_list("cancel", flat=True)) == ["", "soft"]


def test_a_shutdown_ends_standing_streams(key_of: KeyOf) -> None:
    key = key_of()

    async def story() -> None:
        standing = (await Session(key).open()).stand()
        await standing.until(lambda one: one.status == 200)
        await close_here()
        await standing.until(lambda one: one.over)

    run(story)
