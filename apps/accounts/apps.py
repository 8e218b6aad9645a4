"""Registers the app of users, tenants, roles, grants and credentials."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _ensure_roles(**_: Any) -> None:
    from apps.accounts.services import builtin_roles_ensure

    builtin_roles_ensure()


class AccountsConfig(AppConfig):
    """Who may do what, where."""

    name = "apps.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        post_migrate.connect(_ensure_roles, sender=self)
