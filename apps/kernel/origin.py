"""The plane's address as clients know it: what issues tokens, and what tokens are bound to."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

MCP_PATH: Final = "/mcp"
METADATA_PATH: Final = "/.well-known/oauth-protected-resource"
#: Where the address may be taken from the request: nobody else's names lead here.
_AT_HOME: Final = frozenset({"development", "test"})


def oauth_offered() -> bool:
    """Whether tokens are issued: elsewhere than at home only where PUBLIC_URL says by whom."""
    return bool(settings.CONFIG.public_url) or settings.CONFIG.environment in _AT_HOME


def origin_of(host: str) -> str:
    """The plane's origin, without a slash at its end: PUBLIC_URL, or as `host` was asked for."""
    return settings.CONFIG.public_url or f"http://{host.lower()}"


def mcp_resource(host: str) -> str:
    """The identifier of the MCP endpoint, as tokens name it (RFC 8707)."""
    return f"{origin_of(host)}{MCP_PATH}"


def metadata_url(host: str) -> str:
    """Where the MCP endpoint says who issues its tokens (RFC 9728)."""
    return f"{origin_of(host)}{METADATA_PATH}{MCP_PATH}"


def belongs_to(resource: str, door: str) -> bool:
    """Whether a resource identifier names `door`, or something below it."""
    parts = urlsplit(resource)
    if parts.fragment or parts.query or ".." in parts.path:
        return False
    plain = f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
    return plain == door or plain.startswith(f"{door}/")
