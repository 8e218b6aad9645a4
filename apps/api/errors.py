"""Everything that goes wrong on the REST face, as RFC 9457 problem documents."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, ParamSpec, cast

import redis
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from apps.api.auth import CHALLENGE
from apps.api.identity import request_id
from apps.api.renderers import encoded
from apps.kernel.errors import Code, Failure, FieldError
from apps.operations.failures import TABLE, internal, problem

PROBLEM: Final = "application/problem+json"
LARGEST_BODY: Final = 1_048_576

#: What a view may raise without being wrong.
EXPECTED: Final = (
    Failure,
    exceptions.APIException,
    Http404,
    PermissionDenied,
    RequestDataTooBig,
    OperationalError,
    InterfaceError,
    redis.ConnectionError,
)

P = ParamSpec("P")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """A failure on its way out; `status` and `title` where HTTP has a better word than its row."""

    failure: Failure
    status: int
    title: str
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, name: str) -> dict[str, Any]:
        """The document; `name` is the request id."""
        return {**problem(self.failure, name), "status": self.status, "title": self.title}


def problem_of(error: BaseException) -> Problem | None:
    """How an exception is spoken; None for a mistake of ours."""
    if isinstance(error, exceptions.APIException) and error.status_code in _OWN_STATUS:
        return _http_problem(error)
    failure = failure_of(error)
    if failure is None:
        return None
    row = TABLE[failure.code]
    return Problem(failure, row.http, row.title, _headers(failure))


def failure_of(error: BaseException) -> Failure | None:
    """The failure that an exception of Django, DRF, the database or Valkey stands for."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, OperationalError | InterfaceError | redis.ConnectionError):
        log.warning("store away", error=str(error))
        return Failure(Code.BUSY, "A store of the plane is not answering.", retry_after=2)
    if isinstance(error, exceptions.ValidationError):
        return _validation(error.detail)
    code = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    if code is None:
        return None
    return Failure(code, _SENTENCES.get(code) or str(error))


def too_large() -> Failure:
    """The failure of a body above the limit."""
    return Failure(Code.TOO_LARGE, f"A request body has at most {LARGEST_BODY} bytes.")


def wrong_method(allowed: str) -> Problem:
    """405, with what is allowed (`GET, POST`)."""
    failure = Failure(Code.MALFORMED, f"This address answers {allowed} only.")
    return Problem(failure, 405, _OWN_STATUS[405], {"Allow": allowed})


def wrong_media_type() -> Problem:
    """415: bodies are JSON."""
    failure = Failure(Code.MALFORMED, "Send the body as 'Content-Type: application/json'.")
    return Problem(failure, 415, _OWN_STATUS[415])


def answer(request: HttpRequest, found: Problem) -> HttpResponse:
    """The problem as an answer of a plain view."""
    body = encoded(found.body(request_id(request)))
    return HttpResponse(body, status=found.status, content_type=PROBLEM, headers=found.headers)


def speaks_problems(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Wraps a plain view: what it raises becomes a problem document.

    Mistakes of ours go on to the log and the 500 page, as they do from DRF's views.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except EXPECTED as error:
            found = problem_of(error)
            if found is None:
                raise
            return answer(cast(HttpRequest, args[0]), found)

    return guarded


def problem_response(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. Mistakes of ours go on to the log and the 500 page."""
    found = problem_of(error)
    if found is None:
        return None
    name = request_id(context["request"]._request)
    return Response(
        found.body(name), status=found.status, headers=found.headers, content_type=PROBLEM
    )


_OWN_STATUS: Final = {
    405: "Method not allowed",
    406: "Not acceptable",
    415: "Unsupported media type",
}
_CODES: Final[tuple[tuple[type[BaseException], Code], ...]] = (
    (exceptions.NotAuthenticated, Code.UNAUTHENTICATED),
    (exceptions.AuthenticationFailed, Code.UNAUTHENTICATED),
    (exceptions.PermissionDenied, Code.FORBIDDEN),
    (PermissionDenied, Code.FORBIDDEN),
    (exceptions.NotFound, Code.NOT_FOUND),
    (Http404, Code.NOT_FOUND),
    (exceptions.ParseError, Code.MALFORMED),
    (exceptions.Throttled, Code.RATE_LIMITED),
    (RequestDataTooBig, Code.TOO_LARGE),
)
_SENTENCES: Final = {
    Code.NOT_FOUND: "There is nothing at this address that you may see.",
    Code.TOO_LARGE: too_large().detail,
    Code.RATE_LIMITED: "Too many requests from this address; come again in a minute.",
}


def _http_problem(error: exceptions.APIException) -> Problem:
    failure = Failure(Code.MALFORMED, str(error.detail))
    return Problem(failure, error.status_code, _OWN_STATUS[error.status_code])


def _validation(detail: Any) -> Failure:
    fields = detail if isinstance(detail, dict) else {"body": detail}
    errors = [
        FieldError(str(path), str(message))
        for path, messages in fields.items()
        for message in (messages if isinstance(messages, list) else [messages])
    ]
    return Failure(Code.INVALID, f"{errors[0].path}: {errors[0].message}", errors=errors)


def _headers(failure: Failure) -> dict[str, str]:
    headers = {}
    if failure.code is Code.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = CHALLENGE
    if failure.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(failure.retry_after)))
    return headers


def not_found_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: a problem below /api/, the site's own page elsewhere."""
    if not is_api(request):
        return defaults.page_not_found(request, exception)
    return answer(request, _problem(Code.NOT_FOUND, _SENTENCES[Code.NOT_FOUND]))


def bad_request_page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, for what Django itself refuses (a foreign Host header, too many fields)."""
    if not is_api(request):
        return defaults.bad_request(request, exception)
    return answer(request, _problem(Code.MALFORMED, "This request cannot be read."))


def server_error_page(request: HttpRequest) -> HttpResponse:
    """500: the log has the mistake, the caller gets the request id."""
    if not is_api(request):
        return defaults.server_error(request)
    failure = internal(request_id(request))
    return answer(request, Problem(failure, 500, TABLE[Code.INTERNAL].title))


def is_api(request: HttpRequest) -> bool:
    """Whether the address belongs to the REST face."""
    return request.path.startswith("/api/")


def _problem(code: Code, sentence: str) -> Problem:
    row = TABLE[code]
    return Problem(Failure(code, sentence), row.http, row.title)
