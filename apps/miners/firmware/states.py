"""The state machine of an image: which moves there are, and moving.

    receiving -> uploaded -> verifying -> verified -> published -> withdrawn
                             verifying -> rejected -> receiving (sent anew)

Every move is one guarded UPDATE and one audit row in one transaction.
"""

from typing import Any, Final

from django.db import transaction

from apps.audit.services import Subject, transition
from apps.kernel.errors import conflict
from apps.miners.models import FirmwareImage
from apps.miners.models import ImageState as S
from apps.operations.admitted import act_of
from apps.operations.context import Context

MOVES: Final[dict[S, frozenset[S]]] = {
    S.RECEIVING: frozenset({S.UPLOADED, S.WITHDRAWN}),
    S.UPLOADED: frozenset({S.VERIFYING}),
    S.VERIFYING: frozenset({S.VERIFIED, S.REJECTED}),
    S.VERIFIED: frozenset({S.PUBLISHED, S.WITHDRAWN}),
    S.REJECTED: frozenset({S.RECEIVING, S.WITHDRAWN}),
    S.PUBLISHED: frozenset({S.WITHDRAWN}),
    S.WITHDRAWN: frozenset(),
}


class IllegalMoveError(ValueError):
    """A move that the table has not: a mistake of ours, never an answer."""


def move(ctx: Context, image: FirmwareImage, to: S, *, detail: str = "", **fields: Any) -> None:
    """Move an image on; raises `conflict` when somebody else moved it meanwhile."""
    before = S(image.state)
    if to not in MOVES[before]:
        raise IllegalMoveError(f"an image cannot go from {before} to {to}")
    changed = {"state": to, "detail": detail[:500], **fields}
    with transaction.atomic():
        if not FirmwareImage.system.filter(id=image.id, state=before).update(**changed):
            raise conflict(f"Somebody else moved image {image.version} meanwhile; look again.")
        for name, value in changed.items():
            setattr(image, name, value)
        subject = Subject("firmware image", image.id, image.version)
        act = act_of(ctx.call, ctx.call.operation).about(subject)
        told = {"before": {"state": before}, "after": {"state": to, "sha256": image.sha256}}
        transition(act, verdict=to, detail=detail, **told)
