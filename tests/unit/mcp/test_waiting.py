"""Waiting for a job holds no thread, however many wait."""

import asyncio
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.jobs.models import Job
from apps.jobs.services import job_cancel
from apps.mcp.streams.hub import hub
from apps.mcp.threads import THREADS, threads
from tests.support import factories
from tests.unit.mcp.conftest import KeyOf
from tests.unit.mcp.streaming import Stream, modern, run, until_here


def job_of(tenant: Tenant) -> Job:
    return factories.job(factories.actor_of("engineer", tenant))


def waited(key: str, job: Job, timeout: float = 20) -> Stream:
    arguments = {"job": str(job.id), "timeout": timeout}
    return modern(key, "tools/call", {"name": "jobs_job_wait", "arguments": arguments})


def test_more_callers_wait_than_there_are_threads(key_of: KeyOf, tenant: Tenant) -> None:
    """And while they do, others are served: nobody who waits holds a thread."""
    key, job = key_of(), job_of(tenant)

    async def story() -> None:
        streams = [waited(key, job) for _ in range(3 * THREADS)]
        await until_here(lambda: len(hub().ears) == len(streams))
        look = {"name": "jobs_job_get", "arguments": {"job": str(job.id)}}
        seen = await modern(key, "tools/call", look).answer()
        assert seen["result"]["structuredContent"]["output"]["finished"] is False
        assert not any(stream.over for stream in streams)
        await threads.run(finish, job)
        for answer in await asyncio.gather(*(stream.answer() for stream in streams)):
            assert answer["result"]["structuredContent"]["output"]["state"] == "cancelled"

    run(story)


def finish(job: Job) -> None:
    job_cancel(job, hard=False)


def test_a_wait_ends_with_its_time(key_of: KeyOf, tenant: Tenant) -> None:
    key, job = key_of(), job_of(tenant)

    async def story() -> None:
        answer = await waited(key, job, 0.3).answer()
        assert answer["result"]["structuredContent"]["output"]["finished"] is False

    run(story)


@pytest.mark.parametrize("wrong", [{"timeout": 1_000}, {"job": "nonsense"}, {"jab": 1}])
def test_a_wrong_wait_is_refused_by_its_field(
    key_of: KeyOf, tenant: Tenant, wrong: dict[str, Any]
) -> None:
    key, arguments = key_of(), {"job": str(job_of(tenant).id), **wrong}

    async def story() -> None:
        asked = {"name": "jobs_job_wait", "arguments": arguments}
        content = (await modern(key, "tools/call", asked).answer())["result"]["structuredContent"]
        assert content["errors"][0]["path"] == next(iter(wrong))

    run(story)


def test_a_job_of_others_is_not_waited_for(key_of: KeyOf, tenant: Tenant) -> None:
    key, job = key_of(of=factories.tenant()), job_of(tenant)

    async def story() -> None:
        content = (await waited(key, job).answer())["result"]["structuredContent"]
        assert content["code"] == "not_found"

    run(story)
