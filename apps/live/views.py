"""Where browsers and scripts get their one-time ticket for a socket."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.accounts.authenticate import authenticate, credential_from
from apps.accounts.models import User
from apps.accounts.selectors import actor_of
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.live import tickets
from apps.live.entrance import NOBODY
from apps.operations.failures import TABLE, problem


@csrf_exempt
@require_POST
def ticket(request: HttpRequest) -> HttpResponse:
    """`POST`: a ticket for who shows a credential, or a session with its CSRF token."""
    try:
        actor, session_key = _caller(request)
        made = tickets.issue(actor, session_key=session_key)
    except Failure as failure:
        request_id = str(request.META.get("controlplane.request_id", ""))
        body = problem(failure, request_id)
        kind = "application/problem+json"
        return JsonResponse(body, status=TABLE[failure.code].http, content_type=kind)
    body = {
        "ticket": made.text,
        "expires_in": made.seconds,
        "url": f"/ws/events?ticket={made.text}",
    }
    return JsonResponse(body, status=201, headers={"Cache-Control": "no-store"})


def _caller(request: HttpRequest) -> tuple[Actor, str | None]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    address = request.META.get("controlplane.address") or request.META.get("REMOTE_ADDR", "")
    credential = credential_from(headers, str(address))
    if credential is not None:
        return authenticate(credential), None
    if not isinstance(request.user, User):
        raise Failure(Code.UNAUTHENTICATED, NOBODY)
    if not _has_token(request):
        raise Failure(Code.FORBIDDEN, "A session needs its CSRF token here (X-CSRFToken).")
    return actor_of(request.user), request.session.session_key


def _has_token(request: HttpRequest) -> bool:
    """Django's own check, which exempt views make themselves."""
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    check.process_request(request)
    return check.process_view(request, lambda _: HttpResponse(), (), {}) is None
