"""Registers the app: Sites, devices, and how they are reached."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """Sites, devices, and how they are reached."""

    name = "apps.fleet"
    verbose_name = "Fleet"
