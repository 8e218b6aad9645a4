"""Registers the app: live streams."""

from django.apps import AppConfig


class LiveConfig(AppConfig):
    """Live streams."""

    name = "apps.live"
    verbose_name = "Live streams"
