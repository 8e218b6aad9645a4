"""How an operation is described to those who call it: names, schemas, and what it needs."""

from functools import lru_cache
from typing import Any

from apps.operations.core import AnyOperation, Repeat


@lru_cache(maxsize=512)
def described(operation: AnyOperation) -> dict[str, Any]:
    """The operation as `GET /api/v1/operations/` shows it. Do not change the answer."""
    return {
        "name": operation.name,
        "summary": operation.summary,
        "aliases": operation.aliases,
        "permission": operation.permission,
        "danger": operation.danger.name.lower(),
        "repeat": operation.repeat.value,
        "mode": operation.mode.value,
        "device": operation.device,
        "dry_run": operation.plan is not None,
        "needs_idempotency_key": operation.repeat is Repeat.KEYED,
        "time_limit": operation.time_limit,
        "weight": operation.weight,
        "url": f"/api/v1/operations/{operation.name}",
        "input_schema": operation.input.model_json_schema(),
        "output_schema": operation.output.model_json_schema(mode="serialization"),
    }
