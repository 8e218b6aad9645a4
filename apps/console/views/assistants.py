"""Assistants: a person's decision to let a program act for them, and taking it back."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST
from oauth2_provider.http import OAuth2ResponseRedirect

from apps.accounts.models import Assistant
from apps.accounts.redirects import SCHEMES, in_words, source_of
from apps.accounts.selectors import assistants as known
from apps.console.access import page, show
from apps.console.calls import Wish, call
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.oauth import asking
from apps.oauth.asking import Asked, SentBack
from apps.oauth.consent import Offer, in_short, offers, origin_in_words
from apps.oauth.guard import guard
from apps.operations.builtin.accounts.assistants import application_of
from apps.operations.failures import TABLE

MOST: Final = 200
NOTHING: Final = "Tick at least one thing that it may do, or refuse."


def authorize(request: HttpRequest) -> HttpResponseBase:
    """Where a program sends its person: whoever is logged in is asked, others log in first."""
    try:
        guard(request, "authorize")
    except Failure as failure:
        row = TABLE[failure.code]
        context = {"title": row.title, "sentence": failure.detail}
        response = render(request, "console/refused.html", context, status=row.http)
        response["Retry-After"] = str(round(failure.retry_after or 1))
        return response
    return consent(request)


@page
def consent(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show what a program asks for; answer it with a code, or with a refusal."""
    try:
        question = asking.asked(request)
    except SentBack as told:
        return back(told.url)
    application_of(actor, question.application.client_id)
    offered = offers(actor, question.scopes)
    if request.method != "POST":
        return _shown(request, actor, question, offered)
    if request.POST.get("decision") != "allow":
        return back(asking.refused(request, question))
    given = [one.scope for one in offered if one.scope in request.POST.getlist("scope")]
    if not given:
        return _shown(request, actor, question, offered, problem=NOTHING)
    data = {"client_id": question.application.client_id, "scopes": given}
    outcome = call(request, actor, Wish("accounts.assistant.connect", data, f"console:{new_id()}"))
    made = Assistant.system.select_related("agent").get(id=outcome.body()["output"]["assistant"])
    return back(asking.granted(request, question, agent=made.agent, scopes=given))


@page
def assistants(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The programs that act for the actor; for an administrator those of everybody."""
    rows = known(actor).filter(revoked_at=None, client__revoked_at=None)[:MOST]
    shown = [(row, in_short(row.scopes)) for row in rows]
    return show(request, actor, "assistants.html", {"assistants": shown})


@require_POST
@page
def disconnect(request: HttpRequest, actor: Actor, assistant_id: UUID) -> HttpResponse:
    """Cut one off."""
    data = {"assistant": str(assistant_id)}
    call(request, actor, Wish("accounts.assistant.disconnect", data, f"console:{new_id()}"))
    return redirect("console:assistants")


def back(url: str) -> HttpResponse:
    """To the program, on whatever scheme it listens."""
    response: HttpResponse = OAuth2ResponseRedirect(url, SCHEMES)
    response["Cache-Control"] = "no-store"
    return response


def _shown(
    request: HttpRequest,
    actor: Actor,
    question: Asked,
    offered: tuple[Offer, ...],
    *,
    problem: str = "",
) -> HttpResponse:
    context = {
        "program": question.application.name or question.application.client_id,
        "vouched": origin_in_words(question.application),
        "listener": in_words(question.redirect_uri),
        "offers": offered,
        "void": [one for one in question.scopes if one not in [each.scope for each in offered]],
        "problem": problem,
    }
    status = 422 if problem else 200
    response = show(request, actor, "consent.html", context, status=status)
    # A browser follows the answer only to where the page's policy lets its form go.
    response._csp_update = {"form-action": source_of(question.redirect_uri)}  # type: ignore[attr-defined]  # django-csp's own hook
    return response
