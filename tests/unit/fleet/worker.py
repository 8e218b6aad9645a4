"""The Celery application of a poller worker that polls echo devices; run as its own process."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from apps.fleet import drivers, pollers  # noqa: E402 - only after Django is set up
from controlplane.celery import app  # noqa: E402 - as above
from tests.unit.fleet.support import EchoDriver, EchoPoller  # noqa: E402 - as above

__all__ = ["app"]

drivers.install([EchoDriver()])
pollers.install({"echo": EchoPoller()})
