"""No page without an actor: every view gets who asks, or nobody gets the page."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.gzip import gzip_page

from apps.accounts.models import User
from apps.accounts.selectors import actor_of, tenant_of
from apps.console.calls import may_call
from apps.console.nav import CORE_TABS, rooms
from apps.console.zones import zone_of
from apps.fleet.alerts.selectors import firing_count
from apps.fleet.selectors import stops
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.operations.failures import TABLE, is_retryable

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]


def actor_from(request: HttpRequest) -> Actor | None:
    """The actor of the session, with the rights it has now; None when nobody is logged in."""
    user: User | AnonymousUser = request.user
    return actor_of(user) if isinstance(user, User) and user.is_active else None


def page(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give a view its actor; send strangers to the log-in and show failures as pages."""

    @gzip_page
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor = actor_from(request)
        if actor is None:
            return to_login(request)
        with timezone.override(zone_of(request)):
            try:
                _ = actor.tenant
                return view(request, actor, *args, **kwargs)
            except Failure as failure:
                return failed(request, actor, failure)

    return guarded


def to_login(request: HttpRequest) -> HttpResponse:
    """To the log-in and back; a page's fragment makes the whole page go there."""
    target = f"{resolve_url('console:login')}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url("console:login")})
    return redirect(target)


def shell(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """What the frame around every page needs."""
    match = request.resolver_match
    return {
        "actor": actor,
        "tenant": tenant_of(actor) if actor.tenant_id else None,
        "rooms": rooms(actor),
        "core_tabs": CORE_TABS,
        "stops": stops(actor),
        "firing": firing_count(actor),
        "may_stop": may_call(actor, "fleet.stop.set"),
        "may_lift": may_call(actor, "fleet.stop.lift"),
        "here": match.view_name if match else "",
        "zone": timezone.get_current_timezone_name(),
        "request_id": request.META.get("controlplane.request_id", ""),
    }


def show(
    request: HttpRequest,
    actor: Actor,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render a page inside the frame."""
    full = {**shell(request, actor), **(context or {})}
    response = render(request, f"console/{template}", full, status=status)
    response["Cache-Control"] = "no-store"
    return response


def failed(request: HttpRequest, actor: Actor, failure: Failure) -> HttpResponse:
    """A failure as a page that says what to do."""
    row = TABLE[failure.code]
    context = {"failure": failure, "title": row.title, "retryable": is_retryable(failure)}
    return show(request, actor, "error.html", context, status=row.http)
