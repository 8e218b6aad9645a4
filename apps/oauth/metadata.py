"""The documents by which clients find out how to ask: RFC 9728 and RFC 8414."""

from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.kernel.origin import mcp_resource, oauth_offered, origin_of
from apps.kernel.permissions import FIRST_SCOPE, SCOPE_GROUPS

FRESH_SECONDS: Final = 300


@require_safe
def protected_resource(request: HttpRequest) -> HttpResponse:
    """Who issues tokens for the MCP endpoint, and which scopes to begin with."""
    host = host_of(request)
    return _document(
        {
            "resource": mcp_resource(host),
            "authorization_servers": [origin_of(host)],
            "scopes_supported": [FIRST_SCOPE],
            "bearer_methods_supported": ["header"],
            "resource_name": "Control Plane",
        }
    )


@require_safe
def authorization_server(request: HttpRequest) -> HttpResponse:
    """Where codes and tokens are had, and how."""
    origin, config = origin_of(host_of(request)), settings.CONFIG
    document: dict[str, Any] = {
        "issuer": origin,
        "authorization_endpoint": f"{origin}/oauth/authorize",
        "token_endpoint": f"{origin}/oauth/token",
        "revocation_endpoint": f"{origin}/oauth/revoke",
        "scopes_supported": list(SCOPE_GROUPS),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": config.oauth_client_documents,
    }
    if config.oauth_registration:
        document["registration_endpoint"] = f"{origin}/oauth/register"
    return _document(document)


def host_of(request: HttpRequest) -> str:
    """The Host asked for; 404 where no tokens are issued."""
    if not oauth_offered():
        raise Http404("No tokens are issued here; set PUBLIC_URL.")
    return request.get_host()


def _document(body: dict[str, Any]) -> HttpResponse:
    """Public, and readable for pages of any origin."""
    response = JsonResponse(body)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response
