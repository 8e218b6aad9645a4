"""The worker of the suites' jobs: a program of its own, as in the product."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from tests.support.conformance import tasks  # noqa: E402 - after the apps are set up

if __name__ == "__main__":
    tasks.installed_too()
    tasks.work()
