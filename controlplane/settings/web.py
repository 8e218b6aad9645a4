"""How pages and the REST face are served."""

from csp.constants import NONCE, NONE, SELF

from controlplane.config import CHECKOUT, Environment, load

MIDDLEWARE = [
    "apps.ops.middleware.RequestIdentity",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.ops.policy.PagePolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [CHECKOUT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]

STATIC_URL = "/static/"
# Made by collectstatic for production; in development files come from their sources.
_COLLECTED = CHECKOUT / "staticfiles"
STATIC_ROOT = _COLLECTED if _COLLECTED.is_dir() else None
STATICFILES_DIRS = [CHECKOUT / "static"]
WHITENOISE_USE_FINDERS = True

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
if load().environment in (Environment.STAGING, Environment.PRODUCTION):
    # TLS ends in front of us; cookies must never travel without it.
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # Browsers say https in their Origin, and we see http: our own names are trusted over both.
    CSRF_TRUSTED_ORIGINS = [
        f"https://{f'*{host}' if host.startswith('.') else host}"
        for host in load().allowed_hosts
        if host != "*"
    ]
    SECURE_HSTS_SECONDS = 31_536_000
# What `check --deploy` would have besides is for whoever owns the domain and ends the TLS.
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other subdomains may be no business of ours
    "security.W008",  # the proxy in front redirects; health checks come to us without TLS
    "security.W021",  # a preload list binds the whole domain for years
    "oauth2_provider.E003",  # http redirects end at loopback, see apps.accounts.redirects
]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.auth.CredentialAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.api.auth.HasActor"],
    "DEFAULT_RENDERER_CLASSES": ["apps.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "apps.api.errors.problem_response",
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Control Plane",
    "DESCRIPTION": "Operate Q-SYS Cores and miners: resources to read, operations to run.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    # Two fields with the same choices would have one name each.
    "ENUM_NAME_OVERRIDES": {"SeverityEnum": "apps.fleet.models.Severity"},
}

# The back office wears the console's blue.
UNFOLD = {
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .14 253)",
            "500": "oklch(56% .15 253)",
            "600": "oklch(47.5% .14 253)",
            "700": "oklch(42% .125 254)",
            "800": "oklch(37% .11 255)",
            "900": "oklch(32% .09 256)",
            "950": "oklch(26% .07 257)",
        }
    }
}
