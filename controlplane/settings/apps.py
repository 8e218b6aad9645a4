"""Which apps are installed; wiring is last."""

import sys

# Daphne's app makes runserver speak ASGI. In every other process it would load Twisted for nothing.
RUNSERVER = ["daphne"] if "runserver" in sys.argv[1:2] else []

INSTALLED_APPS = [
    *RUNSERVER,
    "unfold",
    # The back office registers its rows itself: there is no admin.py to look for.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_prometheus",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "oauth2_provider",
    "apps.accounts",
    "apps.audit",
    "apps.events",
    "apps.jobs",
    "apps.operations",
    "apps.oauth",
    "apps.fleet",
    "apps.qsys",
    "apps.miners",
    "apps.api",
    "apps.mcp",
    "apps.console",
    "apps.live",
    "apps.ops",
    "controlplane.wiring.Wiring",
]
