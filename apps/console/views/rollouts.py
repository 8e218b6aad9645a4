"""The list of rollouts, the plan of one, and one that is watched cell by cell."""

from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.console import moments
from apps.console.access import page, show
from apps.console.batches import is_id
from apps.console.calls import Wish, call, danger_of, may_call, operation_for
from apps.console.outputs import parts_of
from apps.console.paging import numbered
from apps.console.rollouts import grid
from apps.console.status import badge
from apps.console.views.operations import REASON_LONGEST, plan_context
from apps.fleet.models.rollout import IN_HAND, Rollout, RolloutState
from apps.fleet.rollouts import selectors
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.approvals import visible
from apps.operations.core import AnyOperation, Danger
from apps.operations.models import ApprovalState
from apps.operations.outcome import Outcome

START: Final = "fleet.rollout.start"
#: What the filter `state` may say besides one state.
OPEN: Final = "open"


@page
def rollouts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Rollouts that fit the filters in the address, newest first."""
    filters = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state")}
    rows = selectors.rollouts(actor)
    if text := filters["q"]:
        rows = rows.filter(Q(name__icontains=text) | Q(operation__icontains=text))
    if state := filters["state"]:
        rows = rows.filter(state__in=(RolloutState.PLANNED, *IN_HAND) if state == OPEN else [state])
    found = numbered(request, rows)
    context = {
        **found,
        "rollouts": [
            {"row": one, "state": selectors.state_of(one), "parts": _bar(actor, one)}
            for one in found["rows"]
        ],
        "filters": filters,
        "filtered": any(filters.values()),
        "state_choices": [(one, badge("rollout", one).word) for one in RolloutState.values],
        "may_create": may_call(actor, "fleet.rollout.create"),
    }
    return show(request, actor, "rollouts.html", context)


@page
def rollout(request: HttpRequest, actor: Actor, rollout_id: UUID) -> HttpResponse:
    """Phases with their gates, counts, buttons, and a cell a device."""
    found = selectors.rollout_get(actor, rollout_id)
    wanted = request.GET.get("show", "")
    context = {
        **_head(actor, found, wanted if wanted in grid.STATES else "", cells=True),
        "parts_of_input": parts_of(found.input or {}),
        "sees_audit": actor.may("audit.view"),
    }
    return show(request, actor, "rollout.html", context)


@page
def rollout_head(request: HttpRequest, actor: Actor, rollout_id: UUID) -> HttpResponse:
    """All but the cells, fetched again after an event."""
    found = selectors.rollout_get(actor, rollout_id)
    return show(request, actor, "_rollout_head.html", _head(actor, found, "", cells=False))


@page
def rollout_cells(request: HttpRequest, actor: Actor, rollout_id: UUID) -> HttpResponse:
    """The cells of `?device=a,b`, as a fragment: what events have touched is patched by id."""
    found = selectors.rollout_get(actor, rollout_id)
    wanted = request.GET.get("device", "").split(",")[: grid.MOST_NAMED]
    ids = [UUID(one) for one in wanted if is_id(one)]
    return show(request, actor, "_rollout_cells.html", {"cells": grid.cells(actor, found, ids)})


@page
def rollout_plan(request: HttpRequest, actor: Actor, rollout_id: UUID) -> HttpResponse:
    """What starting would do to whom, and the button that starts it. Nothing is begun here."""
    found = selectors.rollout_get(actor, rollout_id)
    start = operation_for(actor, START)
    if found.state != RolloutState.PLANNED:
        return redirect("console:rollout", found.id)
    later = moments.moment("not_before", request.GET.get("not_before", ""))
    reason = request.GET.get("reason", "").strip()[:REASON_LONGEST]
    data: dict[str, Any] = {"rollout": str(found.id)}
    if later is not None:
        data["not_before"] = later.isoformat()
    wish = Wish(START, data, f"console:{new_id()}", reason)
    outcome, refused = _planned(request, actor, start, wish)
    context = {
        **_head(actor, found, "", cells=False),
        **plan_context(actor, start, wish, outcome),
        "parts_of_input": parts_of(found.input or {}),
        "refused": refused,
        "later": later,
        "not_before": moments.local(later),
        "reason": reason,
    }
    return show(request, actor, "rollout_plan.html", context)


def _planned(
    request: HttpRequest, actor: Actor, start: AnyOperation, wish: Wish
) -> tuple[Outcome, Failure | None]:
    """The plan, with its confirmation where one is asked for.

    What is not disruptive would begin at once without a dry run. Where nobody is left to act on,
    the plan is shown all the same, since it says why.
    """
    if danger_of(actor, start, wish) < Danger.DISRUPTIVE:
        return call(request, actor, wish, dry_run=True), None
    try:
        return call(request, actor, wish), None
    except Failure as failure:
        if failure.code is not Code.CONFLICT:
            raise
        return call(request, actor, wish, dry_run=True), failure


def _head(actor: Actor, found: Rollout, wanted: str, *, cells: bool) -> dict[str, Any]:
    counts = grid.counts_of(actor, found)
    parts = grid.parts(actor, found, counts, show=wanted, cells=cells)
    bar = grid.bar_of(counts)
    state = selectors.state_of(found)
    asked = None
    if state == selectors.AWAITING:
        rows = visible(actor).filter(operation=START, state=ApprovalState.PENDING)
        asked = rows.filter(input__rollout=str(found.id)).first()
    return {
        "rollout": found,
        "state": state,
        "approval": asked,
        "parts": parts,
        "bar": bar,
        "bar_words": ", ".join(f"{one['count']} {one['word']}" for one in bar if one["count"]),
        "total": sum(one["count"] for one in bar),
        "left": grid.left_seconds(actor, found, parts),
        "acts": grid.acts(actor, found, [one.phase for one in parts]),
        "may_start": state == RolloutState.PLANNED and may_call(actor, START),
        "wanted": wanted,
        "cause": found.get_cause_display() if found.cause else "",
        "back": found.taken_back_by.order_by("-id").first(),
    }


def _bar(actor: Actor, found: Rollout) -> dict[str, Any]:
    bar = grid.bar_of(grid.counts_of(actor, found))
    words = ", ".join(f"{one['count']} {one['word']}" for one in bar if one["count"])
    return {"bar": bar, "words": words}
