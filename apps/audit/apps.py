"""Registers the app of append-only evidence."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what, from where, and how it ended."""

    name = "apps.audit"
    verbose_name = "Audit"
