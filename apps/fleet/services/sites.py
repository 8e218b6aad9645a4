"""Making places."""

from uuid import UUID

from django.db import IntegrityError, transaction

from apps.fleet.models import Site, SiteKind
from apps.kernel.errors import conflict, invalid

PATH_LONGEST = 300


def site_create(
    *, tenant_id: UUID, parent: Site | None, slug: str, name: str, kind: SiteKind
) -> Site:
    """A place under `parent` (None: at the top); raises `conflict` when its path is taken."""
    path = f"{parent.path if parent else '/'}{slug}/"
    if len(path) > PATH_LONGEST:
        raise invalid("slug", f"makes a path of {len(path)} characters; {PATH_LONGEST} fit.")
    try:
        with transaction.atomic():
            return Site.system.create(
                tenant_id=tenant_id, parent=parent, kind=kind, slug=slug, name=name, path=path
            )
    except IntegrityError:
        raise conflict(f"There is a place {path} already.") from None
