"""Registers the app: the authorization server that assistants get their tokens from."""

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """The authorization server."""

    name = "apps.oauth"
    label = "oauth"
    verbose_name = "Assistants"
