"""The health tick: looks once a minute, and tells the streams what has changed."""

from typing import Any, cast

from celery import shared_task
from django.db import transaction

from apps.events.publish import publish
from apps.events.types import HealthChanged
from apps.kernel.valkey import valkey
from apps.operations.health import Finding, Health, examine
from apps.ops import process

KNOWN = "cp:health"


@shared_task(name="ops.health", ignore_result=True)
def health() -> None:
    """Every minute: run the checks; a verdict other than the last one is an event."""
    process.usage()
    tell_changes(examine())


def tell_changes(findings: dict[str, Finding]) -> list[str]:
    """Publish what changed since the last look; the names of those checks.

    What is known lies in Valkey. Lost there, everything counts as well before, so that a
    failure is told once more rather than never.
    """
    stored = cast(dict[bytes, bytes], valkey().hgetall(KNOWN))
    known = {name.decode(): said.decode() for name, said in stored.items()}
    changed = {
        name: finding
        for name, finding in findings.items()
        if finding.status.value != known.get(name, Health.OK.value)
    }
    with transaction.atomic():
        for name, finding in changed.items():
            event = HealthChanged(check=name, status=finding.status.value, detail=finding.detail)
            publish(event, tenant_id=None)
    if changed:
        verdicts = {name: finding.status.value for name, finding in changed.items()}
        valkey().hset(KNOWN, mapping=cast(dict[Any, Any], verdicts))
    return sorted(changed)
