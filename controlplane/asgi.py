"""The ASGI entry: makes Django ready, then names the root application."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
django.setup()

from controlplane.root import application  # noqa: E402 - models load after the apps are set up

# What is loaded now lives as long as the process: the collector need not walk it again.
gc.collect()
gc.freeze()

__all__ = ["application"]
