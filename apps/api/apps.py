"""Registers the app: the REST face."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST face."""

    name = "apps.api"
    verbose_name = "REST API"
