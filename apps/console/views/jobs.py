"""The list of jobs, and one job with its live log."""

from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from apps.console.access import page, show
from apps.console.calls import may_call
from apps.console.outputs import parts_of
from apps.console.paging import numbered
from apps.console.presenters import page_of
from apps.console.status import badge
from apps.fleet import selectors as fleet
from apps.fleet.models import Target
from apps.jobs import selectors
from apps.jobs.models import Job, JobState
from apps.jobs.transitions import OPEN
from apps.kernel.actor import Actor

CANCEL: Final = "jobs.job.cancel"
RETRY: Final = "jobs.job.retry"
RETRYABLE: Final = (JobState.FAILED, JobState.CANCELLED, JobState.NEEDS_HUMAN)
ENDED_BADLY: Final = (JobState.FAILED, JobState.NEEDS_HUMAN, JobState.PARTIAL)
#: What the filter `state` may say besides one state.
GROUPS: Final = {"open": tuple(OPEN), "bad": ENDED_BADLY}
LOG_LINES: Final = 1_000
#: Order of the stacked bar, and what each tone says.
TONES: Final = {
    "ok": "done",
    "warn": "rolled back",
    "fail": "failed",
    "unknown": "unknown",
    "run": "running",
    "off": "waiting",
}


@page
def jobs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Jobs that fit the filters in the address, newest first."""
    filters = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state")}
    rows = selectors.jobs(actor)
    if text := filters["q"]:
        rows = rows.filter(Q(operation__icontains=text) | Q(object_label__icontains=text))
    if state := filters["state"]:
        rows = rows.filter(state__in=GROUPS.get(state, (state,)))
    found = numbered(request, rows)
    context = {
        **found,
        "jobs": found["rows"],
        "filters": filters,
        "filtered": any(filters.values()),
        "state_choices": [(one, badge("job", one).word) for one in JobState.values],
    }
    return show(request, actor, "jobs.html", context)


@page
def job(request: HttpRequest, actor: Actor, job_id: UUID) -> HttpResponse:
    """State, progress, devices and log of one job."""
    found = selectors.job_get(actor, job_id)
    targets = list(fleet.targets(actor).filter(job_id=job_id))
    parts = bar(found, targets)
    context = {
        "job": found,
        "open": found.state in OPEN,
        "targets": targets,
        "parts": parts,
        "parts_of_input": parts_of(found.input or {}),
        "parts_of_output": parts_of(found.output or {}),
        "there": page_of(found.output),
        "usual": selectors.usual_seconds(actor, found.operation) if found.state in OPEN else None,
        "bar_words": ", ".join(f"{part['count']} {part['word']}" for part in parts),
        "lines": selectors.log_lines(found, limit=LOG_LINES),
        "may_cancel": may_call(actor, CANCEL),
        "cancel_operation": CANCEL,
        "may_retry": found.state in RETRYABLE and may_call(actor, RETRY),
        "retry_operation": RETRY,
        "sees_audit": actor.may("audit.view"),
    }
    return show(request, actor, "job.html", context)


@page
def job_log(request: HttpRequest, actor: Actor, job_id: UUID) -> HttpResponse:
    """Lines after `?after=`, as a fragment; with `?download=1` all of them as text."""
    found = selectors.job_get(actor, job_id)
    if request.GET.get("download"):
        return _download(found)
    text = request.GET.get("after", "0")
    after = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    lines = selectors.log_lines(found, after=after, limit=LOG_LINES)
    return show(request, actor, "_log.html", {"lines": lines})


def _download(found: Job) -> HttpResponse:
    lines = selectors.log_lines(found, limit=100_000)
    text = "".join(f"{line.at.isoformat()} {line.level:7} {line.message}\n" for line in lines)
    name = f"job-{found.id}.log"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def bar(found: Job, targets: list[Target]) -> list[dict[str, Any]]:
    """The stacked bar: by device where a job has several, else by its own steps."""
    if len(targets) > 1 or not found.total:
        tones = [badge("target", target.state).tone for target in targets]
        return _stacked([(tone, word, tones.count(tone)) for tone, word in TONES.items()])
    tone = "run" if found.state in OPEN else badge("job", found.state).tone
    done = min(found.done, found.total)
    word = f"of {found.total} steps done" if done else "steps done"
    rest = found.total - done
    return _stacked([(tone, word, done), ("rest", "to come" if tone == "run" else "left", rest)])


def _stacked(counts: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    """Counts laid side by side on a width of 100; those of nothing are left out."""
    total, x, parts = sum(count for _, _, count in counts), 0.0, []
    for tone, word, count in counts:
        if count:
            width = 100 * count / total
            parts.append({"tone": tone, "word": word, "count": count, "x": x, "width": width})
            x += width
    return parts
