"""The prompt for the end of a shift: what the next one has to know."""

from datetime import timedelta
from typing import Final

from apps.fleet import selectors as fleet
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.mcp.prompts.core import Argument, Given, Prompt, Reading

SHIFT: Final = timedelta(hours=8)


def handover_readings(actor: Actor, given: Given) -> tuple[Reading, ...]:
    """The fleet, what is silent, what runs and waits, and what was done in eight hours."""
    if "site" in given:
        fleet.site_get(actor, given["site"])
    lost = {"site": given.get("site", ""), "liveness": "lost", "limit": 50}
    since = (clock.now() - SHIFT).isoformat()
    return (
        Reading("The fleet at a glance", uri="fleet://summary"),
        Reading("Devices that are lost", "fleet.device.list", lost),
        Reading("Breakers that are not closed", "fleet.breaker.status"),
        Reading("Jobs, newest first", uri="jobs://jobs"),
        Reading("Approvals that wait", uri="jobs://approvals"),
        Reading("What was done in the last eight hours", "audit.entry.list", {"since": since}),
        Reading("How the plane itself is", "system.health", {"detail": True}),
    )


def handover_task(given: Given) -> str:
    """How to hand a shift over."""
    where = f" at {given['site']}" if "site" in given else ""
    return f"""\
Write the hand-over of this shift{where}, for a person who reads it standing up.

1. First what cannot wait: devices that are lost, jobs that failed or need a person, approvals that
   run out, a part of the plane that is not well.
2. Then what goes on by itself, and when it will be over.
3. Then what was done, by whom, in a few lines: changes and refusals, not readings.
4. Last what to watch: what is stale, what was tried twice, what is odd.

One line each, with the name of the device or job, the time, and the next step. Leave out what is
well. Say plainly when there is nothing."""


PROMPTS: Final = (
    Prompt(
        "shift_handover",
        "Hand a shift over",
        "Tell the next shift what is open, what runs and what was done.",
        "fleet.view",
        (Argument("site", "Path of a place, such as /plant/hall-a/.", required=False),),
        handover_readings,
        handover_task,
    ),
)
