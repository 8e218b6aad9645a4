"""Puts the parts together at start: catalogue, drivers, health checks. Opens nothing."""

from typing import Any

from django.apps import AppConfig


class Wiring(AppConfig):
    """Last of the installed apps, so that every model is there before the catalogue is made."""

    name = "controlplane"
    label = "controlplane_wiring"
    verbose_name = "Wiring"

    def ready(self) -> None:
        # Imported here because models may only be imported once all apps are loaded.
        from controlplane import parts

        parts.install()


def operations() -> tuple[Any, ...]:
    """Every operation of the product, for tools that print or check them."""
    from controlplane import parts

    return parts.OPERATIONS
