"""How well Cores are watched: whether there is room for tomorrow, and who is not heard."""

from datetime import UTC, timedelta
from typing import Final

from django.db.models import Count, Q

from apps.fleet.models import Device, DeviceStatus, Liveness
from apps.kernel import clock, partitions
from apps.operations.health import Finding, Health, HealthCheck
from apps.qsys.driver import NAME
from apps.qsys.models import PARTITIONED
from apps.qsys.telemetry import Spill, spill_folder

SILENT: Final = (Liveness.STALE, Liveness.LOST)


def storage() -> Finding:
    """Whether tomorrow's partitions are there, and whether changes wait on this host's disk."""
    tomorrow = clock.now().astimezone(UTC).date() + timedelta(days=1)
    missing = [
        table.name
        for table in PARTITIONED
        if partitions.partition(table, tomorrow) not in partitions.existing(table)
    ]
    if missing:
        names = ", ".join(missing)
        return Finding(Health.DEGRADED, f"There is no partition for tomorrow of {names}.")
    if waiting := len(Spill(spill_folder())):
        return Finding(
            Health.DEGRADED, f"Changes wait on disk for the database, in {waiting} files."
        )
    return Finding(Health.OK)


def cores() -> Finding:
    """How many Cores answer; degraded with one silent, in error when none of several answers."""
    rows = Device.system.filter(driver=NAME, status=DeviceStatus.ACTIVE)
    counts = rows.aggregate(
        total=Count("id"),
        silent=Count("id", filter=Q(state__liveness__in=SILENT)),
        answering=Count("id", filter=Q(state__liveness=Liveness.OK)),
    )
    if not counts["silent"]:
        return Finding(Health.OK, "", counts)
    status = Health.DEGRADED if counts["answering"] else Health.ERROR
    return Finding(status, f"{counts['silent']} of {counts['total']} Cores are silent.", counts)


HEALTH_CHECKS: Final = (HealthCheck("qsys_storage", storage), HealthCheck("cores", cores))
