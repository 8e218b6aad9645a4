"""What others hold on to, as files: operations, REST, tools, metrics, events, the reference."""

from collections.abc import Callable
from typing import Any, Final

import orjson
from prometheus_client import GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.registry import REGISTRY

from apps.api.schema import document
from apps.events.types import EVENTS
from apps.fleet import metrics as fleet
from apps.mcp import reference
from apps.mcp.tools import contract as tools
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation
from apps.ops import counts
from controlplane import root

FOREIGN: Final = (GCCollector, PlatformCollector, ProcessCollector)
#: Metrics of libraries follow the library, not us.
FOREIGN_PREFIX: Final = "django_"
AT_SCRAPE: Final = ({"name": "cache_hit_ratio", "type": "gauge", "labels": []},)


def operations() -> list[dict[str, Any]]:
    """Every operation with its schemas, by name."""
    return [operation_of(one) for one in installed()]


def operation_of(one: AnyOperation) -> dict[str, Any]:
    """One operation in plain data."""
    return {
        "name": one.name,
        "aliases": sorted(one.aliases),
        "summary": one.summary,
        "permission": one.permission,
        "danger": one.danger.name.lower(),
        "repeat": one.repeat.value,
        "mode": one.mode.value,
        "device": one.device,
        "audited": one.audited or one.changes,
        "dry_run": one.plan is not None,
        "faces": sorted(face.value for face in one.faces),
        "input": one.input.model_json_schema(),
        "output": one.output.model_json_schema(mode="serialization"),
    }


def events() -> list[dict[str, Any]]:
    """Every kind of event with its payload, by name."""
    return [
        {"type": event.type, "permission": event.permission, "payload": event.model_json_schema()}
        for event in sorted(EVENTS, key=lambda event: event.type)
    ]


def metrics() -> list[dict[str, Any]]:
    """Every metric of ours with its labels, by name; importing the root loads them all."""
    if not root.MOUNTS:
        raise RuntimeError("the root application has no mounts")
    collectors = [found for found in REGISTRY._collector_to_names if not isinstance(found, FOREIGN)]
    own = [metric_of(one) for found in collectors for one in [found] if hasattr(found, "_name")]
    computed = [
        {"name": one.name, "type": "gauge", "labels": list(one.labels)} for one in counts.FAMILIES
    ] + [
        {"name": name, "type": "gauge", "labels": list(fleet.LABELS)}
        for name in (*fleet.GAUGES, fleet.BREAKERS)
    ]
    kept = [one for one in own if not one["name"].startswith(FOREIGN_PREFIX)]
    return sorted([*kept, *computed, *AT_SCRAPE], key=lambda one: str(one["name"]))


def metric_of(collector: Any) -> dict[str, Any]:
    """A metric as it is scraped. The client has no public way to ask for the labels."""
    kind = collector._type
    name = f"{collector._name}_total" if kind == "counter" else collector._name
    return {"name": name, "type": kind, "labels": list(collector._labelnames)}


PARTS: Final[dict[str, Callable[[], Any]]] = {
    "operations": operations,
    "openapi": document,
    "mcp-tools": tools,
    "metrics": metrics,
    "events": events,
}


def files() -> dict[str, bytes]:
    """The files by their place under docs/; the same code gives the same bytes."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    found = {
        f"contract/{name}.json": orjson.dumps(make(), option=options)
        for name, make in PARTS.items()
    }
    return found | {name: make().encode() for name, make in reference.PAGES.items()}
