"""Reads of control policies and emergency locks, always for somebody."""

from uuid import UUID

from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.qsys.models import ControlPolicy
from apps.qsys.models.policy import PolicyRows
from apps.qsys.selectors.present import VIEW


def policies(actor: Actor) -> PolicyRows:
    """Policies and locks that hold anywhere the actor may see, their Core with them."""
    return ControlPolicy.objects.for_actor(actor, VIEW).select_related("device")


def policy_get(actor: Actor, policy_id: UUID, *, lock: bool = False) -> ControlPolicy:
    """One policy, or lock; raises `not_found` whether absent or foreign."""
    found = policies(actor).filter(id=policy_id, lock=lock).first()
    if found is None:
        raise not_found("lock" if lock else "policy", policy_id)
    return found
