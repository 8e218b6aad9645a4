"""An authorization request: read, checked, and answered by sending the browser back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest
from oauth2_provider.models import Application
from oauth2_provider.oauth2_backends import get_oauthlib_core
from oauthlib.oauth2 import FatalClientError, OAuth2Error
from oauthlib.oauth2.rfc6749 import errors

from apps.accounts.models import User
from apps.kernel.errors import Code, Failure
from apps.kernel.origin import belongs_to, mcp_resource, origin_of
from apps.oauth.metadata import host_of

S256: Final = "S256"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks a person for. `credentials` are the parameters as they were checked."""

    application: Application
    scopes: tuple[str, ...]
    redirect_uri: str
    credentials: dict[str, Any]


class SentBack(Exception):  # noqa: N818 - not an error of ours: the client is told of its own
    """The request is wrong, and the client may be told so at `url`, which is known to be its."""

    def __init__(self, url: str) -> None:
        super().__init__("the client is told")
        self.url = url


def asked(request: HttpRequest) -> Asked:
    """The request in the address; raises `SentBack`, or a Failure when nobody can be told."""
    server, host = get_oauthlib_core().server, host_of(request)
    try:
        scopes, credentials = server.validate_authorization_request(_address(request), "GET")
    except FatalClientError as error:
        raise _unanswerable(error) from None
    except OAuth2Error as error:
        raise SentBack(_refused(error, error.redirect_uri, host)) from None
    credentials = {**credentials, "resource": request.GET.getlist("resource")}
    del credentials["request"]
    wrong = _wrong(credentials, host)
    if wrong is not None:
        raise SentBack(_refused(wrong, credentials["redirect_uri"], host))
    application = Application.objects.get(client_id=credentials["client_id"])
    return Asked(application, tuple(scopes), credentials["redirect_uri"], credentials)


def _wrong(credentials: dict[str, Any], host: str) -> OAuth2Error | None:
    """What this server demands beyond the protocol's minimum."""
    state = credentials["state"]
    if credentials.get("code_challenge_method") != S256:
        return errors.InvalidRequestError("Send a code_challenge made with S256.", state=state)
    for resource in credentials["resource"]:
        if not belongs_to(resource, mcp_resource(host)):
            said = f"Tokens are made for {mcp_resource(host)} alone."
            return errors.CustomOAuth2Error("invalid_target", description=said, state=state)
    return None


def granted(request: HttpRequest, question: Asked, *, agent: User, scopes: Iterable[str]) -> str:
    """Where the browser carries the code to; it is the agent's, and good for one minute."""
    server, host = get_oauthlib_core().server, host_of(request)
    headers, _, _ = server.create_authorization_response(
        _address(request),
        "GET",
        scopes=list(scopes),
        credentials={**question.credentials, "user": agent},
    )
    return with_issuer(headers["Location"], host)


def refused(request: HttpRequest, question: Asked) -> str:
    """Where the browser carries the person's refusal to."""
    error = errors.AccessDeniedError(
        "The person did not agree.", state=question.credentials["state"]
    )
    return _refused(error, question.redirect_uri, host_of(request))


def with_issuer(url: str, host: str) -> str:
    """An answer that names who gives it (RFC 9207), so that no other server's is taken for it."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "iss"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("iss", origin_of(host))])))


def _refused(error: OAuth2Error, redirect_uri: str, host: str) -> str:
    return with_issuer(error.in_uri(redirect_uri), host)


def _address(request: HttpRequest) -> str:
    """The request's address, every character quoted: the library takes nothing else."""
    return f"{request.path}?{request.GET.urlencode()}"


def _unanswerable(error: FatalClientError) -> Failure:
    """Nobody is sent anywhere on the word of a stranger."""
    if isinstance(error, errors.InvalidClientIdError | errors.MissingClientIdError):
        return Failure(
            Code.MALFORMED,
            "This program is not known here. Have an administrator register it, or use one "
            "that identifies itself by a document.",
        )
    if isinstance(error, errors.MismatchingRedirectURIError):
        return Failure(
            Code.MALFORMED,
            "This program asks for the answer at an address that is not its own. Do not go on; "
            "start again from the program.",
        )
    return Failure(Code.MALFORMED, "This request cannot be read. Start again from the program.")
