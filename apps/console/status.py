"""The words, icons and colours of every state an operator meets; never a colour alone."""

from dataclasses import dataclass
from typing import Final

from apps.fleet.models.rollout import MemberState


@dataclass(frozen=True, slots=True)
class Badge:
    """How one state is shown. `tone` is ok, warn, fail, run, off or unknown."""

    word: str
    icon: str
    tone: str


UNKNOWN: Final = Badge("Unknown", "circle-question-mark", "unknown")

#: By family and state, such as the liveness of a device or the state of a job.
BADGES: Final[dict[str, dict[str, Badge]]] = {
    "liveness": {
        "ok": Badge("Answers", "circle-check", "ok"),
        "stale": Badge("Stale", "triangle-alert", "warn"),
        "lost": Badge("Lost", "circle-x", "fail"),
        "rebooting": Badge("Rebooting", "loader-circle", "run"),
        "never": Badge("Never seen", "circle", "off"),
    },
    "severity": {
        "critical": Badge("Critical", "circle-alert", "fail"),
        "warning": Badge("Warning", "triangle-alert", "warn"),
        "info": Badge("Info", "info", "run"),
    },
    "job": {
        "queued": Badge("Queued", "clock", "off"),
        "running": Badge("Running", "loader-circle", "run"),
        "waiting": Badge("Waiting", "timer", "run"),
        "reconciling": Badge("Asking the device", "circle-question-mark", "unknown"),
        "succeeded": Badge("Succeeded", "circle-check", "ok"),
        "partial": Badge("Partly done", "triangle-alert", "warn"),
        "failed": Badge("Failed", "circle-x", "fail"),
        "cancelled": Badge("Cancelled", "ban", "off"),
        "needs_human": Badge("Needs a person", "user", "unknown"),
    },
    "target": {
        "queued": Badge("Queued", "clock", "off"),
        "preflight": Badge("Checking", "loader-circle", "run"),
        "ready": Badge("Ready", "clock", "run"),
        "sending": Badge("Sending", "upload", "run"),
        "sent": Badge("Sent", "upload", "run"),
        "rebooting": Badge("Rebooting", "loader-circle", "run"),
        "verifying": Badge("Verifying", "loader-circle", "run"),
        "committed": Badge("Soaking", "timer", "run"),
        "reconciling": Badge("Asking the device", "circle-question-mark", "unknown"),
        "rolling_back": Badge("Rolling back", "rotate-ccw", "run"),
        "succeeded": Badge("Succeeded", "circle-check", "ok"),
        "already_done": Badge("Already done", "check", "ok"),
        "not_applicable": Badge("Not applicable", "minus", "off"),
        "rejected": Badge("Rejected", "circle-x", "fail"),
        "cancelled": Badge("Cancelled", "ban", "off"),
        "failed": Badge("Failed", "circle-x", "fail"),
        "timed_out": Badge("Timed out", "clock", "fail"),
        "rolled_back": Badge("Rolled back", "rotate-ccw", "warn"),
        "rollback_failed": Badge("Rollback failed", "circle-x", "fail"),
        "needs_human": Badge("Needs a person", "user", "unknown"),
    },
    "miner": {
        "normal": Badge("Mines", "circle-check", "ok"),
        "slow": Badge("Slow", "triangle-alert", "warn"),
        "paused": Badge("Paused", "pause", "off"),
        "suspended": Badge("Suspended", "pause", "warn"),
        "not_started": Badge("Not started", "circle", "warn"),
        "restricted": Badge("Restricted", "lock", "fail"),
        "unknown": UNKNOWN,
    },
    "find": {
        "new": Badge("New", "plus", "run"),
        "moved": Badge("Moved", "map-pin", "warn"),
        "conflict": Badge("Conflict", "circle-alert", "fail"),
        "locked": Badge("Locked", "lock", "warn"),
        "foreign": Badge("Foreign", "circle-question-mark", "unknown"),
        "gone": Badge("Gone", "minus", "off"),
        "known": Badge("Known", "circle-check", "ok"),
    },
    "pool": {
        "active": Badge("Used", "circle-check", "ok"),
        "alive": Badge("Ready", "check", "off"),
        "dead": Badge("Dead", "circle-x", "fail"),
        "off": Badge("Off", "minus", "off"),
    },
    "rollout": {
        "draft": Badge("Draft", "pencil", "off"),
        "planned": Badge("Planned, not started", "list-checks", "off"),
        "awaiting_approval": Badge("Waits for a second person", "users", "warn"),
        "approved": Badge("Approved", "circle-check", "run"),
        "scheduled": Badge("Waits for its time", "calendar-clock", "off"),
        "running": Badge("Running", "loader-circle", "run"),
        "pausing": Badge("Pausing", "pause", "warn"),
        "paused": Badge("Paused", "pause", "warn"),
        "cancelling": Badge("Cancelling", "ban", "warn"),
        "succeeded": Badge("Succeeded", "circle-check", "ok"),
        "completed_with_failures": Badge("Done, with failures", "triangle-alert", "warn"),
        "aborted": Badge("Stopped by a rule", "circle-x", "fail"),
        "cancelled": Badge("Cancelled", "ban", "off"),
        "rolling_back": Badge("Being taken back", "rotate-ccw", "run"),
        "rolled_back": Badge("Taken back", "rotate-ccw", "warn"),
    },
    "phase": {
        "pending": Badge("To come", "clock", "off"),
        "running": Badge("Running", "loader-circle", "run"),
        "soaking": Badge("Being watched", "timer", "run"),
        "gate": Badge("Waits for you", "user", "warn"),
        "passed": Badge("Passed", "circle-check", "ok"),
        "failed": Badge("Stopped by a rule", "circle-x", "fail"),
        "skipped": Badge("Left out", "minus", "off"),
    },
    "approval": {
        "pending": Badge("Waiting for a second person", "users", "warn"),
        "granted": Badge("Granted", "circle-check", "ok"),
        "refused": Badge("Refused", "ban", "fail"),
        "used": Badge("Used", "check", "off"),
        "expired": Badge("Expired", "clock", "off"),
    },
    "verdict": {
        "ok": Badge("Done", "circle-check", "ok"),
        "accepted": Badge("Accepted as a job", "play", "run"),
        "needs_approval": Badge("Waits for a second person", "users", "warn"),
        "approval_requested": Badge("Asked for a second person", "users", "warn"),
        "indeterminate": Badge("Sent, no verdict", "circle-question-mark", "unknown"),
        "missed": Badge("Missed", "clock", "warn"),
        "skipped": Badge("Skipped", "minus", "off"),
        "": Badge("No outcome yet", "circle-question-mark", "unknown"),
    },
    "pair": {
        "": Badge("Single Core", "circle", "off"),
        "normal": Badge("Pair in order", "circle-check", "ok"),
        "degraded": Badge("No spare", "triangle-alert", "warn"),
        "unserved": Badge("Neither serves", "circle-x", "fail"),
        "split": Badge("Both serve", "circle-x", "fail"),
        "differing": Badge("Different designs", "triangle-alert", "warn"),
    },
    "end": {
        "Active": Badge("Active", "circle-check", "ok"),
        "Standby": Badge("Standby", "pause", "off"),
        "Idle": Badge("Idle", "circle", "warn"),
        "": Badge("No answer", "circle-x", "fail"),
    },
    "cause": {
        "device": Badge("At the Core", "sliders-vertical", "off"),
        "operation": Badge("By a call", "terminal", "run"),
        "schedule": Badge("By a schedule", "calendar-clock", "run"),
        "first": Badge("First seen", "eye", "off"),
        "away": Badge("Changed unseen", "wifi-off", "warn"),
    },
    "item": {
        "fault": Badge("Fault", "circle-x", "fail"),
        "missing": Badge("Missing", "unlink", "fail"),
        "compromised": Badge("Compromised", "triangle-alert", "warn"),
        "initializing": Badge("Initializing", "loader-circle", "run"),
        "not_present": Badge("Not present", "minus", "off"),
        "ok": Badge("OK", "circle-check", "ok"),
    },
    "drift": {
        "pin": Badge("Not what is pinned", "lock", "warn"),
        "pair": Badge("Pair differs", "git-branch", "fail"),
        "site": Badge("Another version than its neighbours", "git-branch", "warn"),
        "firmware": Badge("Other firmware", "cpu", "warn"),
    },
    "paged": {
        "sending": Badge("Being handed in", "loader-circle", "run"),
        "ready": Badge("Ready", "clock", "run"),
        "wait": Badge("Waiting", "timer", "run"),
        "input": Badge("Being spoken", "volume-2", "run"),
        "output": Badge("Going out", "volume-2", "run"),
        "success": Badge("Heard to its end", "circle-check", "ok"),
        "cancel": Badge("Cancelled", "ban", "off"),
        "timeout": Badge("Ended at its longest time", "clock", "warn"),
        "unheard": Badge("Nobody heard it", "circle-x", "fail"),
        "interrupt": Badge("Cut off", "circle-x", "fail"),
        "fail": Badge("Failed", "circle-x", "fail"),
        "refused": Badge("Refused", "ban", "fail"),
        "unseen": Badge("Over, end not told", "circle-question-mark", "unknown"),
        "unknown": UNKNOWN,
    },
    "curtailment": {
        "planned": Badge("Planned", "clock", "off"),
        "ramping": Badge("Ramping down", "arrow-down", "run"),
        "holding": Badge("Holding", "circle-check", "ok"),
        "restoring": Badge("Restoring", "arrow-up", "run"),
        "ended": Badge("Ended", "check", "off"),
        "cancelled": Badge("Cancelled", "ban", "off"),
    },
    "curtailed": {
        "chosen": Badge("Chosen", "clock", "off"),
        "dispatched": Badge("Being paused", "loader-circle", "run"),
        "confirmed": Badge("Paused", "pause", "ok"),
        "drifted": Badge("Awake or late", "triangle-alert", "warn"),
        "restoring": Badge("To be restored", "clock", "run"),
        "resuming": Badge("Being restored", "loader-circle", "run"),
        "restored": Badge("Restored", "circle-check", "ok"),
        "released": Badge("Not needed", "minus", "off"),
        "failed": Badge("Given up", "circle-x", "fail"),
    },
    "danger": {
        "READ": Badge("Reads", "eye", "off"),
        "CHANGE": Badge("Changes", "pencil", "run"),
        "DISRUPTIVE": Badge("Disruptive", "triangle-alert", "warn"),
        "DESTRUCTIVE": Badge("Destructive", "triangle-alert", "fail"),
    },
}


#: A device of a rollout ends as a job's target does.
BADGES["member"] = {
    **{one: BADGES["target"][one] for one in MemberState.values if one in BADGES["target"]},
    "running": Badge("Running", "loader-circle", "run"),
    "unknown": Badge("Asking the device", "circle-question-mark", "unknown"),
}

#: What an audit row about a step of a job or of one of its devices says.
BADGES["transition"] = {**BADGES["verdict"], **BADGES["target"], **BADGES["job"]}


def badge(family: str, state: str) -> Badge:
    """The badge of a state; a failure's code reads as itself, in red."""
    found = BADGES[family].get(state)
    if found is not None:
        return found
    if family == "verdict":
        return Badge(state.replace("_", " ").capitalize(), "circle-x", "fail")
    return UNKNOWN
