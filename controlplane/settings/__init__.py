"""Django's settings, all derived from the one typed configuration."""

from controlplane.config import load
from controlplane.settings.apps import *  # noqa: F403 - Django reads settings as one module
from controlplane.settings.celery import *  # noqa: F403 - as above
from controlplane.settings.logs import logging_config
from controlplane.settings.oauth import *  # noqa: F403 - as above
from controlplane.settings.stores import broker_url, caches, channel_layers, databases
from controlplane.settings.web import *  # noqa: F403 - as above

CONFIG = load()

SECRET_KEY = CONFIG.secret_key.get_secret_value()
DEBUG = False
ALLOWED_HOSTS = list(CONFIG.allowed_hosts)
ROOT_URLCONF = "controlplane.urls"
ASGI_APPLICATION = "controlplane.asgi.application"
WSGI_APPLICATION = "controlplane.wsgi.application"

DATABASES = databases(CONFIG)
CACHES = caches(CONFIG)
CHANNEL_LAYERS = channel_layers(CONFIG)
CELERY_BROKER_URL = broker_url(CONFIG)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if CONFIG.environment == "test":
    # Argon2's cost is its purpose; a test suite logs in hundreds of times.
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"

MCP_THIN_PATH = CONFIG.mcp_thin_path
MCP_SESSIONS_ALWAYS = CONFIG.mcp_sessions_always

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGGING_CONFIG = None
logging_config(CONFIG)
