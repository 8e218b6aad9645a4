"""The parts by name: which operations, drivers and health checks the product is made of."""

from typing import Any, Final

from apps.fleet import drivers
from apps.miners import operations as miners
from apps.miners.driver import BraiinsDriver
from apps.operations import builtin, catalogue, health
from apps.operations.core import Operation
from apps.qsys import operations as qsys
from apps.qsys.driver import QsysDriver
from controlplane.celery import app as celery_app

OPERATIONS: Final[tuple[Operation[Any, Any], ...]] = (
    *builtin.OPERATIONS,
    *qsys.OPERATIONS,
    *miners.OPERATIONS,
)
DRIVERS: Final[tuple[drivers.Driver, ...]] = (QsysDriver(), BraiinsDriver())
HEALTH_CHECKS: Final[tuple[health.HealthCheck, ...]] = ()


def install() -> None:
    """Freeze the catalogue and hand out the lists; called once a process."""
    made = catalogue.Catalogue()
    made.add(OPERATIONS)
    catalogue.install(made.freeze())
    drivers.install(DRIVERS)
    health.install(HEALTH_CHECKS)
    celery_app.set_default()
