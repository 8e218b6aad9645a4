"""Registers the app: Q-SYS Cores."""

from django.apps import AppConfig


class QsysConfig(AppConfig):
    """Q-SYS Cores."""

    name = "apps.qsys"
    verbose_name = "Q-SYS"
