"""Registers the app: Bitcoin miners on Braiins OS."""

from django.apps import AppConfig


class MinersConfig(AppConfig):
    """Bitcoin miners on Braiins OS."""

    name = "apps.miners"
    verbose_name = "Miners"
