"""Health checks of the floors below: is evidence being sealed, is work being done."""

from typing import Final

from apps.audit import sealer
from apps.jobs.selectors import oldest_waiting
from apps.kernel import clock
from apps.operations.health import Finding, Health, HealthCheck
from apps.operations.settle import unsettled

#: Seconds after which unsealed evidence is worth a warning.
SEAL_LATE: Final = 30.0
#: Seconds after which a job that nobody took is worth a warning.
QUEUE_LATE: Final = 60.0


def audit() -> Finding:
    """Degraded while evidence waits too long for its seal, or cannot be sealed at all."""
    if sealer.turned_back():
        return Finding(
            Health.DEGRADED,
            "The database counts transactions from before the last seal, as after a restore; "
            "new evidence cannot be sealed until the count is past it.",
        )
    lag = sealer.lag()
    data = {"seal_lag_seconds": round(lag, 1)}
    if lag > SEAL_LATE:
        return Finding(Health.DEGRADED, f"The oldest unsealed entry is {lag:.0f} s old.", data)
    return Finding(Health.OK, data=data)


def jobs() -> Finding:
    """Degraded while a job that is due waits for a worker."""
    oldest = oldest_waiting(clock.now())
    waited = 0.0 if oldest is None else (clock.now() - oldest).total_seconds()
    data = {"oldest_queued_seconds": round(waited, 1)}
    if waited > QUEUE_LATE:
        return Finding(Health.DEGRADED, f"A job has waited {waited:.0f} s for a worker.", data)
    return Finding(Health.OK, data=data)


def verdicts() -> Finding:
    """Degraded while calls on devices wait for their verdict."""
    waiting = len(unsettled())
    data = {"unsettled_calls": waiting}
    if waiting:
        return Finding(Health.DEGRADED, f"{waiting} calls wait for their verdict.", data)
    return Finding(Health.OK, data=data)


HEALTH_CHECKS: tuple[HealthCheck, ...] = (
    HealthCheck("audit", audit),
    HealthCheck("jobs", jobs),
    HealthCheck("verdicts", verdicts),
)
