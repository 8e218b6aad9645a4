"""Templates of pools: kept with their passwords sealed, shown without them."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, nearest, not_found
from apps.kernel.keyring import keyring
from apps.miners.client.setup import GroupSetup, PoolSetup
from apps.miners.models import PoolTemplate
from apps.miners.schemas.pools import (
    MinersKeptPoolIn,
    MinersPoolGroupIn,
    MinersPoolIn,
    MinersTemplateDeleteIn,
    MinersTemplateDeleteOut,
    MinersTemplateListIn,
    MinersTemplateListOut,
    MinersTemplateOut,
    MinersTemplateSaveIn,
    MinersTemplateSaveOut,
)
from apps.miners.services.workers import require_known
from apps.operations.context import Context
from apps.operations.core import TargetRef

CONFIGURE: Final = "miners.configure"
MOST_LISTED: Final = 200


def template_targets(
    actor: Actor, data: MinersTemplateSaveIn | MinersTemplateDeleteIn
) -> tuple[TargetRef, ...]:
    """The tenant's templates; raises `forbidden` where the right is held on a part only."""
    if not actor.may_everywhere(CONFIGURE):
        raise Failure(
            Code.FORBIDDEN,
            f"Pool templates belong to the whole tenant: this needs {CONFIGURE} on all of it. An "
            "administrator of your tenant may grant it, or do it for you.",
        )
    if isinstance(data, MinersTemplateDeleteIn):
        _row(actor, data.name)  # one that is not there is told before anything is written
    return (TargetRef("tenant", actor.tenant, f"pool template {data.name}"),)


def template_save(ctx: Context, data: MinersTemplateSaveIn) -> MinersTemplateSaveOut:
    """Keep pools under a name."""
    groups = setups(data.groups)
    _, created = PoolTemplate.system.update_or_create(
        tenant_id=ctx.actor.tenant,
        name=data.name,
        defaults={
            "note": data.note,
            "groups": [{"pools": lines(group)} for group in groups],
            "sealed": keyring().seal(orjson.dumps(groups)),
            "updated_by": ctx.actor.label,
        },
    )
    return MinersTemplateSaveOut(name=data.name, created=created)


def template_delete(ctx: Context, data: MinersTemplateDeleteIn) -> MinersTemplateDeleteOut:
    """Forget a template; miners keep what they have."""
    _row(ctx.actor, data.name).delete()
    return MinersTemplateDeleteOut(name=data.name)


def template_list(ctx: Context, data: MinersTemplateListIn) -> MinersTemplateListOut:
    """The tenant's templates by name."""
    rows = PoolTemplate.objects.for_actor(ctx.actor, "miners.view")[:MOST_LISTED]
    return MinersTemplateListOut(
        templates=[
            MinersTemplateOut(
                name=row.name,
                note=row.note,
                pools=[line for group in row.groups for line in group["pools"]],
                updated_at=row.updated_at,
                updated_by=row.updated_by,
            )
            for row in rows
        ]
    )


def template_groups(actor: Actor, name: str) -> tuple[GroupSetup, ...]:
    """A template's groups with their passwords; raises `not_found` with the nearest name."""
    held: list[dict[str, Any]] = orjson.loads(keyring().unseal(bytes(_row(actor, name).sealed)))
    return tuple(
        GroupSetup(**{**group, "pools": tuple(PoolSetup(**pool) for pool in group["pools"])})
        for group in held
    )


def setups(groups: Sequence[MinersPoolGroupIn]) -> tuple[GroupSetup, ...]:
    """Groups of an input as the client takes them; raises `invalid` for a wrong variable."""
    for number, group in enumerate(groups):
        for place, pool in enumerate(group.pools):
            require_known(pool.user, f"groups.{number}.pools.{place}.user")
    return tuple(
        GroupSetup(
            name=group.name,
            quota=None if group.ratio is not None else group.quota or 1,
            ratio=group.ratio,
            pools=tuple(
                PoolSetup(pool.url, pool.user, _password(pool), pool.enabled)
                for pool in group.pools
            ),
        )
        for group in groups
    )


def _password(pool: MinersPoolIn) -> str:
    """Pools that are written out have none: a password comes by a template."""
    return pool.password.get_secret_value() if isinstance(pool, MinersKeptPoolIn) else ""


def lines(group: GroupSetup) -> list[str]:
    """Pools for people, without passwords."""
    return [f"{pool.user} at {pool.url}{'' if pool.enabled else ' (off)'}" for pool in group.pools]


def _row(actor: Actor, name: str) -> PoolTemplate:
    rows = PoolTemplate.objects.for_actor(actor, "miners.view")
    row = rows.filter(name=name).first()
    if row is None:
        guess = nearest(name, rows.values_list("name", flat=True))
        raise not_found("pool template", name, guess=guess)
    return row
