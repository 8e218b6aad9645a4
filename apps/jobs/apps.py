"""Registers the app of long work: jobs, their logs, and schedules."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Work that outlives a request."""

    name = "apps.jobs"
    verbose_name = "Jobs"
