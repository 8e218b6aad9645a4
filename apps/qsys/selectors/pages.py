"""Reads of pages that were submitted from here, always for somebody."""

from uuid import UUID

from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.qsys.models import Page
from apps.qsys.models.page import PageRows
from apps.qsys.selectors.present import VIEW


def pages(actor: Actor) -> PageRows:
    """Pages of Cores that the actor may see, newest first, their Core with them."""
    return Page.objects.for_actor(actor, VIEW).select_related("device")


def page_get(actor: Actor, page_id: UUID) -> Page:
    """One page; raises `not_found` whether absent or foreign."""
    found = pages(actor).filter(id=page_id).first()
    if found is None:
        raise not_found("page", page_id)
    return found
