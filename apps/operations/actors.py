"""The actor of work that runs later, with its rights as they stand now."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.accounts.selectors import current_actor, schedule_actor
from apps.kernel.actor import Actor, ActorKind, system_actor


def reference_of(actor: Actor) -> dict[str, Any]:
    """Enough to build the actor again later, with its rights of then."""
    return {
        "kind": actor.kind.value,
        "id": str(actor.id),
        "label": actor.label,
        "acts_for": str(actor.acts_for) if actor.acts_for else None,
        "credential_id": str(actor.credential_id) if actor.credential_id else None,
    }


def actor_now(reference: Mapping[str, Any], tenant_id: UUID | None) -> Actor | None:
    """Build the actor again from its reference; None when it may no longer act."""
    kind = ActorKind(reference["kind"])
    if kind is ActorKind.SYSTEM:
        return system_actor(str(reference["label"]).removeprefix("system:"), tenant_id=tenant_id)
    if kind is ActorKind.SCHEDULE:
        if reference["acts_for"] is None:
            return None
        return schedule_actor(
            schedule_id=UUID(str(reference["id"])),
            name=str(reference["label"]).removeprefix("schedule:"),
            owner_id=UUID(str(reference["acts_for"])),
        )
    credential = reference.get("credential_id")
    return current_actor(UUID(str(reference["id"])), UUID(str(credential)) if credential else None)
