"""The plane about itself: is it there, is it well, what does it count."""

from typing import Any

from prometheus_client import CollectorRegistry, multiprocess
from prometheus_client.registry import REGISTRY
from pydantic import Field

from apps.kernel import clock
from apps.operations.context import Context
from apps.operations.core import Danger, Face, Operation, Repeat, Schema
from apps.operations.health import VERSION, examine, summary

EVERYWHERE = frozenset({Face.REST, Face.MCP, Face.CONSOLE})


class SystemPingIn(Schema):
    """Nothing is needed."""


class SystemPingOut(Schema):
    """That it answers, and what it is."""

    pong: bool = Field(default=True, description="Always true.")
    version: str = Field(description="Version of the plane.")
    time: str = Field(description="Its clock, RFC 3339 in UTC.")


def ping(ctx: Context, data: SystemPingIn) -> SystemPingOut:
    """Answer without looking at anything."""
    return SystemPingOut(version=VERSION, time=clock.now().isoformat())


class SystemHealthIn(Schema):
    """Whether the single checks are wanted, too."""

    detail: bool = Field(default=False, description="True: add each check, if you may see them.")


class SystemHealthOut(Schema):
    """How the plane is."""

    status: str = Field(description="ok, degraded or error.")
    timestamp: str = Field(description="When this was found, RFC 3339.")
    version: str = Field(description="Version of the plane.")
    uptime: float = Field(description="Seconds since this process began.")
    checks: dict[str, Any] | None = Field(
        default=None, description="Each check with its figures; null: not asked for."
    )


def health(ctx: Context, data: SystemHealthIn) -> SystemHealthOut:
    """Run the checks; anonymous callers get the summary only."""
    findings = examine()
    checks = None
    if data.detail and ctx.actor.may("system.view"):
        checks = {
            name: {"status": found.status.value, "detail": found.detail, **found.data}
            for name, found in findings.items()
        }
    return SystemHealthOut(**summary(findings), checks=checks)


class SystemMetricsIn(Schema):
    """Which metrics."""

    names: list[str] = Field(
        default=[],
        description="Names of metrics, such as operation_calls_total; empty for all of them.",
    )


class SystemMetricsOut(Schema):
    """Samples by metric name; labels in braces as Prometheus writes them."""

    samples: dict[str, float] = Field(
        description="Values by metric, with labels in braces as Prometheus writes them."
    )


def registry() -> CollectorRegistry:
    """All processes' metrics where they are collected, else this process's."""
    try:
        found = CollectorRegistry()
        multiprocess.MultiProcessCollector(found)  # type: ignore[no-untyped-call]
    except ValueError:
        return REGISTRY
    return found


def metrics(ctx: Context, data: SystemMetricsIn) -> SystemMetricsOut:
    """Read the counters of the plane."""
    wanted, samples = set(data.names), {}
    for family in registry().collect():
        if wanted and family.name not in wanted:
            continue
        for sample in family.samples:
            labels = ",".join(f'{key}="{value}"' for key, value in sorted(sample.labels.items()))
            samples[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return SystemMetricsOut(samples=samples)


OPERATIONS = (
    Operation(
        name="system.ping",
        summary="Answer at once, to prove that the control plane is reachable.",
        input=SystemPingIn,
        output=SystemPingOut,
        handler=ping,
        permission="system.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
        aliases=("echo",),
        pure=True,
    ),
    Operation(
        name="system.health",
        summary="Report the health of the control plane and its parts.",
        input=SystemHealthIn,
        output=SystemHealthOut,
        handler=health,
        permission="system.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
    ),
    Operation(
        name="system.metrics",
        summary="Read the counters and gauges of the control plane.",
        input=SystemMetricsIn,
        output=SystemMetricsOut,
        handler=metrics,
        permission="system.view",
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=EVERYWHERE,
    ),
)
