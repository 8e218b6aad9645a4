"""The MCP face with the tools of the Tasks scenarios; run as a program, the worker of its jobs."""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from apps.jobs.models import Job  # noqa: E402 - after the apps are set up
from apps.jobs.transitions import OPEN  # noqa: E402 - as above
from apps.mcp import server  # noqa: E402 - as above
from apps.operations import builtin, catalogue  # noqa: E402 - as above
from apps.operations.steps import run_job  # noqa: E402 - as above
from apps.operations.tasks import recover  # noqa: E402 - as above
from controlplane.mounts import Receive, Scope, Send  # noqa: E402 - as above
from tests.parties import task_fixtures  # noqa: E402 - as above
from tests.parties.mcp_mount import application as bare  # noqa: E402 - as above

KEY = os.environ.get("PARTY_KEY", "")

made = catalogue.Catalogue()
made.add(builtin.OPERATIONS)
made.add(task_fixtures.OPERATIONS)
catalogue.install(made.freeze())

plain = server.server


def with_fixtures() -> object:
    found = plain()
    task_fixtures.install(found)
    return found


server.server = with_fixtures  # type: ignore[assignment]  # the owner asks the module for it


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """The root application, for a party that cannot show a credential of its own."""
    headers = [*scope.get("headers", ()), (b"x-api-key", KEY.encode())]
    await bare({**scope, "headers": headers} if KEY else scope, receive, send)


def work() -> None:
    """Run whatever is due, as workers and ticks would, until the process is ended."""
    while True:
        ran = [run_job(job.id) for job in Job.system.filter(state__in=OPEN)]
        recover()
        if not any(ran):
            time.sleep(0.05)


if __name__ == "__main__":
    work()
