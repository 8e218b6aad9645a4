"""The ASGI entry: makes Django ready, then names the root application."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from controlplane.root import application  # noqa: E402 - models load after the apps are set up

__all__ = ["application"]
