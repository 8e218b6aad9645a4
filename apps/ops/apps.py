"""Registers the app: running the plane itself."""

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Running the plane itself."""

    name = "apps.ops"
    verbose_name = "Platform"
