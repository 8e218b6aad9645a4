"""Registers the app of the one door through which everything is done."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """The catalogue of operations and the way through it."""

    name = "apps.operations"
    verbose_name = "Operations"
