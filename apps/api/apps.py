"""Registers the REST face."""

from django.apps import AppConfig
from django.core import checks


class ApiConfig(AppConfig):
    """Resources to read and operations to call, over HTTP."""

    name = "apps.api"
    verbose_name = "REST"

    def ready(self) -> None:
        # The check reads the catalogue, whose models load after all apps.
        from apps.api.checks import unique_schema_names

        checks.register(unique_schema_names)
