"""The authorization server of assistants: OAuth 2.1, public clients with PKCE, opaque tokens."""

from apps.accounts.redirects import SCHEMES as _SCHEMES
from apps.kernel.permissions import FIRST_SCOPE as _FIRST
from apps.kernel.permissions import SCOPE_GROUPS as _GROUPS
from controlplane.config import load

_CONFIG = load()

# The app's own model; whoever refers to it by a foreign key needs it named.
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"

OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.WebApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "apps.oauth.validator.Validator",
    "ACCESS_TOKEN_GENERATOR": "apps.accounts.tokens.new_access_token",
    "REFRESH_TOKEN_GENERATOR": "apps.accounts.tokens.new_refresh_token",
    # The words for people are on the page that asks them.
    "SCOPES": {scope: scope for scope in _GROUPS},
    "DEFAULT_SCOPES": [_FIRST],
    "OIDC_ISS_ENDPOINT": _CONFIG.public_url,
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": _CONFIG.oauth_access_seconds,
    "REFRESH_TOKEN_EXPIRE_SECONDS": _CONFIG.oauth_refresh_seconds,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ROTATE_REFRESH_TOKEN": True,
    "PKCE_REQUIRED": True,
    "ALLOW_URI_WILDCARDS": False,
    "CIMD_ENABLED": _CONFIG.oauth_client_documents,
    "ALLOWED_REDIRECT_URI_SCHEMES": list(_SCHEMES),
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}
