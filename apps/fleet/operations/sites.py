"""Making places."""

from apps.fleet import selectors, services
from apps.fleet.models import Site
from apps.fleet.operations.common import BY_HAND, CONFIGURE, site_ref
from apps.fleet.schemas import FleetSiteCreateIn, FleetSiteCreateOut
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef


def parent_of(actor: Actor, path: str) -> Site | None:
    """The place above, None for the top, which needs the right on the whole tenant."""
    if path != "/":
        return selectors.site_get(actor, path, CONFIGURE)
    if not actor.may_everywhere(CONFIGURE):
        raise not_found("site", path)
    return None


def create_targets(actor: Actor, data: FleetSiteCreateIn) -> tuple[TargetRef, ...]:
    """The place above."""
    parent = parent_of(actor, data.parent)
    return (site_ref(parent),) if parent else ()


def create(ctx: Context, data: FleetSiteCreateIn) -> FleetSiteCreateOut:
    """Make one place."""
    site = services.site_create(
        tenant_id=ctx.actor.tenant,
        parent=parent_of(ctx.actor, data.parent),
        slug=data.slug,
        name=data.name,
        kind=data.kind,
    )
    return FleetSiteCreateOut(id=site.id, path=site.path, name=site.name, kind=site.kind)


OPERATIONS = (
    Operation(
        name="fleet.site.create",
        summary="Make a place: a site, or a building, room or rack inside another place.",
        input=FleetSiteCreateIn,
        output=FleetSiteCreateOut,
        handler=create,
        targets=create_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NEVER,
        faces=BY_HAND,
    ),
)
