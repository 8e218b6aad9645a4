"""Registers the app: the pages of people."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The pages of people."""

    name = "apps.console"
    verbose_name = "Console"
