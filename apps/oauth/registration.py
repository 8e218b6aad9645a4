"""Clients that register themselves (RFC 7591), where the setting lets them: public ones only."""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.models import Application
from pydantic import BaseModel, ConfigDict, Field

from apps.accounts.assistants import NAME_LONGEST, application_register
from apps.accounts.redirects import RedirectUri
from apps.kernel.errors import Failure
from apps.oauth.endpoints import endpoint, refusal
from apps.operations.parsing import read


class Registration(BaseModel):
    """What a client says about itself; what it says besides is left aside, as the RFC wants."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    redirect_uris: list[RedirectUri] = Field(min_length=1, max_length=10)
    client_name: str = Field(default="", max_length=NAME_LONGEST)


@endpoint("register")
def register(request: HttpRequest) -> HttpResponse:
    """A client id for whoever asks; it opens nothing until a person lets the client in."""
    if not settings.CONFIG.oauth_registration:
        raise Http404("Clients do not register themselves here; see OAUTH_REGISTRATION.")
    try:
        said = json.loads(request.body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return refusal(400, "invalid_client_metadata", "The body is no JSON object.")
    try:
        wanted = read(Registration, said)
    except Failure as failure:
        redirect = any(one.path.startswith("redirect_uris") for one in failure.errors)
        name = "invalid_redirect_uri" if redirect else "invalid_client_metadata"
        return refusal(400, name, failure.detail)
    source = Application.RegistrationSource.DCR
    made = application_register(wanted.client_name, wanted.redirect_uris, source)
    body = {
        "client_id": made.client_id,
        "client_name": made.name,
        "redirect_uris": wanted.redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    response = JsonResponse(body, status=201)
    response["Cache-Control"] = "no-store"
    return response
