"""The parts by name: which operations, drivers and health checks the product is made of."""

from typing import Any, Final

from apps.operations import builtin, catalogue, health
from apps.operations.core import Operation
from controlplane.celery import app as celery_app

OPERATIONS: Final[tuple[Operation[Any, Any], ...]] = (*builtin.OPERATIONS,)
HEALTH_CHECKS: Final[tuple[health.HealthCheck, ...]] = ()


def install() -> None:
    """Freeze the catalogue and hand out the lists; called once a process."""
    made = catalogue.Catalogue()
    made.add(OPERATIONS)
    catalogue.install(made.freeze())
    health.install(HEALTH_CHECKS)
    celery_app.set_default()
