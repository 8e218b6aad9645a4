"""Logging in and out; both leave evidence."""

from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django_ratelimit.core import is_ratelimited

from apps.accounts.models import User
from apps.accounts.selectors import actor_of
from apps.accounts.services import login_check
from apps.audit import services as audit
from apps.audit.services import Act, Subject
from apps.console.access import actor_from
from apps.events.closing import close_streams
from apps.kernel.actor import Actor, anonymous_actor

#: Tries of one address, whoever it names; an account locks by itself after five wrong ones.
TRIES: Final = "30/m"
BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
WRONG: Final = (
    "This name and password do not go together, or the account is locked after too many tries. "
    "A lock ends by itself after a quarter of an hour."
)
TOO_MANY: Final = "Too many tries from your address. Wait a minute, then try again."


@never_cache
@sensitive_post_parameters("password")
def log_in(request: HttpRequest) -> HttpResponse:
    """Show the form; let in who knows the password."""
    if request.method != "POST":
        return _form(request)
    if is_ratelimited(request, group="console.login", key=_address, rate=TRIES, increment=True):
        return _form(request, TOO_MANY, status=429)
    username = request.POST.get("username", "")[:150]
    user = login_check(username, request.POST.get("password", "")[:1_000])
    if user is None:
        audit.login(_refused(request, username), verdict="unauthenticated")
        return _form(request, WRONG, username=username, status=401)
    login(request, user, backend=BACKEND)
    audit.login(_act(request, "console.session.open", actor_of(user)), verdict="ok")
    return redirect(_next(request))


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session, and with it every stream it holds open."""
    actor = actor_from(request)
    logout(request)
    if actor is not None:
        audit.login(_act(request, "console.session.close", actor), verdict="ok")
        close_streams(actor.id, "logged out")
    return redirect("console:login")


def _form(
    request: HttpRequest, problem: str = "", *, username: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"problem": problem, "username": username, "next": _next(request)}
    return render(request, "console/login.html", context, status=status)


def _next(request: HttpRequest) -> str:
    """Where somebody wanted to go, if that is here."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if allowed else settings.LOGIN_REDIRECT_URL


def _address(group: str, request: HttpRequest) -> str:
    return str(request.META.get("controlplane.address") or request.META.get("REMOTE_ADDR", ""))


def _act(request: HttpRequest, operation: str, actor: Actor) -> Act:
    return Act(
        operation=operation,
        face="console",
        actor=actor,
        request_id=str(request.META.get("controlplane.request_id", "")),
        client=request.headers.get("User-Agent", "")[:100],
        address=_address("", request),
    )


def _refused(request: HttpRequest, username: str) -> Act:
    """A refused try belongs to the tenant of the account it named, if there is one."""
    named: User | None = get_user_model().objects.filter(username=username).first()
    act = _act(request, "console.session.open", anonymous_actor())
    # What is typed into the name field may be a password: an unknown name is not kept.
    label = named.username if named else "an unknown name"
    subject = Subject(kind="user", id=named.id if named else None, label=label)
    return Act(
        operation=act.operation,
        face=act.face,
        actor=act.actor,
        request_id=act.request_id,
        client=act.client,
        address=act.address,
        tenant_id=named.tenant_id if named else None,
        subject=subject,
    )
