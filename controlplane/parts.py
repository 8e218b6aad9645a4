"""The parts by name: which operations, drivers and health checks the product is made of."""

from typing import Any, Final

from apps.fleet import drivers, pollers
from apps.fleet import health as fleet_health
from apps.fleet import operations as fleet
from apps.fleet.alerts import own as fleet_alerts
from apps.fleet.alerts import rules as alerts
from apps.miners import alerts as miners_alerts
from apps.miners import operations as miners
from apps.miners.driver import NAME as BRAIINS
from apps.miners.driver import BraiinsDriver
from apps.miners.poller import MinerPoller
from apps.operations import builtin, catalogue, health
from apps.operations.builtin import checks as builtin_health
from apps.operations.core import Operation
from apps.ops import health as ops_health
from apps.qsys import alerts as qsys_alerts
from apps.qsys import health as qsys_health
from apps.qsys import operations as qsys
from apps.qsys.driver import NAME as QSYS
from apps.qsys.driver import QsysDriver
from apps.qsys.poller import QsysPoller
from controlplane.celery import app as celery_app

OPERATIONS: Final[tuple[Operation[Any, Any], ...]] = (
    *builtin.OPERATIONS,
    *fleet.OPERATIONS,
    *qsys.OPERATIONS,
    *miners.OPERATIONS,
)
DRIVERS: Final[tuple[drivers.Driver, ...]] = (QsysDriver(), BraiinsDriver())
POLLERS: Final[dict[str, pollers.Poller]] = {QSYS: QsysPoller(), BRAIINS: MinerPoller()}
HEALTH_CHECKS: Final[tuple[health.HealthCheck, ...]] = (
    *ops_health.HEALTH_CHECKS,
    *builtin_health.HEALTH_CHECKS,
    *fleet_health.HEALTH_CHECKS,
    *qsys_health.HEALTH_CHECKS,
)
ALERT_RULES: Final[tuple[alerts.Rule, ...]] = (
    *fleet_alerts.ALERT_RULES,
    *qsys_alerts.ALERT_RULES,
    *miners_alerts.ALERT_RULES,
)
MUTED_BY: Final[tuple[alerts.Mute, ...]] = (*fleet_alerts.MUTED_BY, *miners_alerts.MUTED_BY)


def install() -> None:
    """Freeze the catalogue and hand out the lists; called once a process."""
    made = catalogue.Catalogue()
    made.add(OPERATIONS)
    catalogue.install(made.freeze())
    drivers.install(DRIVERS)
    pollers.install(POLLERS)
    health.install(HEALTH_CHECKS)
    alerts.install(ALERT_RULES, MUTED_BY)
    celery_app.set_default()
