"""Health checks: each app declares plain tuples of them, the wiring installs the list."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC
from enum import StrEnum
from typing import Any, Final

import structlog

from apps.kernel import clock

VERSION: Final = "0.1.0"
_STARTED: Final = clock.monotonic()

log = structlog.get_logger(__name__)


class Health(StrEnum):
    """How well something is; ordered from best to worst."""

    OK = "ok"
    DEGRADED = "degraded"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    status: Health
    detail: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One named look at one part. `run` may raise; that is an error of the part."""

    name: str
    run: Callable[[], Finding]


_checks: list[HealthCheck] = []


def install(checks: Iterable[HealthCheck]) -> None:
    """Make `checks` this process's list; called once, by the wiring."""
    _checks[:] = list(checks)


def examine() -> dict[str, Finding]:
    """Run every check now."""
    return {check.name: _run(check) for check in _checks}


def _run(check: HealthCheck) -> Finding:
    try:
        return check.run()
    except Exception as error:  # noqa: BLE001 - a part that cannot even be asked is the finding
        log.warning("health check failed", check=check.name, error=str(error))
        return Finding(Health.ERROR, f"{type(error).__name__}: the check itself failed.")


def worst(findings: Iterable[Finding]) -> Health:
    """The worst status among `findings`; ok when there are none."""
    order = list(Health)
    return max((finding.status for finding in findings), key=order.index, default=Health.OK)


def summary(findings: dict[str, Finding]) -> dict[str, Any]:
    """The body of `/health`; uptime in seconds."""
    return {
        "status": worst(findings.values()).value,
        "timestamp": clock.now().astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "version": VERSION,
        "uptime": round(clock.monotonic() - _STARTED, 1),
    }
