"""Registers the app of events on their way out."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """What happened, told after it is true."""

    name = "apps.events"
    verbose_name = "Events"
