"""What programs ask for without a person: tokens for codes, fresh tokens, tokens back."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauthlib.oauth2 import OAuth2Error

from apps.kernel.errors import Code, Failure
from apps.oauth.guard import guard
from apps.oauth.metadata import host_of
from apps.operations.failures import TABLE

View = Callable[[HttpRequest], HttpResponse]


def endpoint(what: str) -> Callable[[View], View]:
    """A POST address that is guarded by address and answers failures in OAuth's words."""

    def made(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            host_of(request)
            if request.method != "POST":
                response = refusal(400, "invalid_request", "Send a POST.")
                response.status_code, response["Allow"] = 405, "POST"
                return response
            try:
                guard(request, what)
                return view(request)
            except Failure as failure:
                return in_oauth(failure)

        return guarded

    return made


@endpoint("token")
@sensitive_post_parameters("code", "code_verifier", "refresh_token")
def token(request: HttpRequest) -> HttpResponse:
    """A code, or a refresh token, for an access token and the next refresh token."""
    core = get_oauthlib_core()
    _, headers, body, status = core.create_token_response(request)
    return _answer(headers, body, status)


@endpoint("revoke")
@sensitive_post_parameters("token")
def revoke(request: HttpRequest) -> HttpResponse:
    """A token that is no longer wanted (RFC 7009)."""
    core = get_oauthlib_core()
    try:
        _, headers, body, status = core.create_revocation_response(request)
    except OAuth2Error as error:
        headers, body, status = error.headers, error.json, error.status_code
    return _answer(headers, body, status)


def _answer(headers: dict[str, str], body: str | None, status: int) -> HttpResponse:
    response = HttpResponse(body or "", status=status, content_type="application/json")
    for name, value in headers.items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def refusal(status: int, error: str, description: str) -> HttpResponse:
    """An error as RFC 6749 words it."""
    response = JsonResponse({"error": error, "error_description": description}, status=status)
    response["Cache-Control"] = "no-store"
    return response


def in_oauth(failure: Failure) -> HttpResponse:
    """A failure of ours for a client that expects OAuth's errors."""
    waits = failure.code in (Code.RATE_LIMITED, Code.BUSY)
    error = "temporarily_unavailable" if waits else "invalid_request"
    response = refusal(TABLE[failure.code].http, error, failure.detail)
    if failure.retry_after is not None:
        response["Retry-After"] = str(round(failure.retry_after))
    return response
