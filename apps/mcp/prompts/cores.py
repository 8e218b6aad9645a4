"""Prompts about Q-SYS Cores: what happened on one, and whether one is ready for a show."""

from typing import Final

from apps.kernel.actor import Actor
from apps.mcp.prompts.core import Argument, Given, Prompt, Reading
from apps.operations.parsing import read
from apps.qsys.schemas.history import QsysEventListIn
from apps.qsys.selectors import core_device

CORE: Final = Argument("core", "The Core's name or id.")
NARROWING: Final = ("component", "control", "since")


def event_readings(actor: Actor, given: Given) -> tuple[Reading, ...]:
    """The Core, its latest changes as far as they were asked for, and who acted on it."""
    device = core_device(actor, given["core"])
    wanted = {name: given[name] for name in NARROWING if name in given}
    changes = {"device": str(device.id), "limit": 60, **wanted}
    read(QsysEventListIn, changes)
    return (
        Reading("The Core as last seen", uri=f"qsys://cores/{device.id}"),
        Reading("What its controls did, newest first", "qsys.event.list", changes),
        Reading(
            "Who acted on it",
            "audit.entry.list",
            {"object": str(device.id), "limit": 20},
        ),
    )


def event_task(given: Given) -> str:
    """How to find out what happened on a Core, and who or what did it."""
    about = " / ".join(given[name] for name in ("component", "control") if name in given)
    what = f" to {about}" if about else ""
    since = f" since {given['since']}" if "since" in given else ""
    return f"""\
Something happened{what} on the Core {given["core"]!r}{since}. Find out what, when, and who or what
did it.

1. Put the changes in order of time. Each has a `cause`: an operation or a schedule of this plane
   has a call id, which the audit explains; `device` means somebody at the Core, a panel or the
   design itself; `away` means that it happened while the Core was not watched.
2. Changes within the same second often have one cause: a snapshot, a preset or a script.
3. Compare the design code of the changes: a new one means that a design was deployed.
4. If the list does not reach back far enough, go on with qsys_event_list and its `cursor`.

Change nothing. Answer with a short timeline, the cause and how sure you are of it, and which values
would have to be set back, should a person want that."""


def show_readings(actor: Actor, given: Given) -> tuple[Reading, ...]:
    """The Core asked now, what it exposes, and what may come in between."""
    device = core_device(actor, given["core"])
    return (
        Reading("The Core asked just now", "qsys.core.status", {"device": str(device.id)}),
        Reading("Its components", uri=f"qsys://components/{device.id}"),
        Reading("Its circuit breaker", "fleet.breaker.status", {"device": str(device.id)}),
        Reading("What runs by itself", uri="jobs://schedules"),
        Reading("Jobs", uri="jobs://jobs"),
    )


def show_task(given: Given) -> str:
    """How to check that a Core is ready, and keep a record of how it was."""
    when = f" ({given['when']})" if "when" in given else ""
    return f"""\
Check that the Core {given["core"]!r} is ready for the show{when}, and keep a record of its state.

1. The engine runs (state Active), the overall status is OK, the design is the one that is expected.
   Of a redundant pair, the other Core is well, too.
2. Nothing comes in between: no job on this Core, no schedule that fires during the show. Propose to
   pause those that would (jobs_schedule_pause), and to resume them afterwards.
3. The record: read the controls of the components that matter (qsys_control_get), and write their
   values down as a table. Then propose to save them in a free slot of a snapshot bank
   (qsys_snapshot_save): it is what to go back to (qsys_snapshot_load). What the slot held before
   is lost, so ask which one is free.
4. Look for what is muted, at its lowest gain, disabled or in fault among them, and ask whether that
   is meant.

Change nothing without being asked to. End with ready or not ready, each open point with whom to
ask, and the table of values."""


PROMPTS: Final = (
    Prompt(
        "investigate_core_event",
        "Investigate an event on a Core",
        "Find out what happened on a Q-SYS Core, when, and who or what did it.",
        "qsys.view",
        (
            CORE,
            Argument("component", "Code Name of a component to look at.", required=False),
            Argument("control", "Name of a control to look at.", required=False),
            Argument("since", "Not before this time, as 2026-01-31T06:30:00Z.", required=False),
        ),
        event_readings,
        event_task,
    ),
    Prompt(
        "prepare_show",
        "Prepare a show",
        "Check that a Q-SYS Core is ready for a show, and record its values.",
        "qsys.view",
        (CORE, Argument("when", "When the show is.", required=False)),
        show_readings,
        show_task,
    ),
)
