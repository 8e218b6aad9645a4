"""How pages end, in words that say what was heard and what to do."""

from typing import Final

from apps.kernel.errors import Code, Failure, conflict
from apps.operations.context import Context
from apps.qsys.models import Page
from apps.qsys.schemas.pages import QsysPageSubmitOut

WORDS: Final = {
    "success": "It went out to its end.",
    "cancel": "It was cancelled.",
    "timeout": "It ended at its longest time.",
    "interrupt": "A page of higher priority took its zones: it was not heard to its end. "
    "Submit it again when they are free, or with a higher priority.",
    "fail": "The Core gave it up.",
    "refused": "The Core did not take it.",
    "unseen": "It was on the air, and then it was not; the connection that would have been told "
    "how it ended was lost meanwhile.",
    "unknown": "Nobody could tell what became of it. Listen before you submit it again.",
}
#: Endings after which a crowd did not hear what it should have.
UNHEARD: Final = frozenset({"interrupt", "fail", "refused"})
QUEUED: Final = (
    "Its zones stayed busy for all the time it could wait, so the Core dropped it: nobody heard "
    "it. Submit it again with a higher priority, or let it wait longer."
)


def submitted(row: Page) -> QsysPageSubmitOut:
    """The end of a page."""
    return QsysPageSubmitOut(
        device=row.device_id,
        page=row.id,
        number=row.number,
        zones=row.zone_names,
        ending=row.ending,
        words=words(row),
    )


def words(row: Page) -> str:
    """How a page ended, with the Core's own words where it gave some."""
    if unheard(row):
        return QUEUED
    said = WORDS.get(row.ending, f"It ended with {row.ending!r}.")
    return f"{said} The Core says: {row.words!r}." if row.words else said


def unheard(row: Page) -> bool:
    """Whether its time ran out while it waited for its zones."""
    return row.ending == "timeout" and not row.was_on_air


def require_heard(ctx: Context, row: Page) -> None:
    """Raises the failure of a page that was not heard, or `conflict` for one that was cancelled
    with its job."""
    if row.ending in ("cancel", "unseen") and ctx.cancelled():
        raise conflict("The page was cancelled with its job.")
    if row.ending in UNHEARD or unheard(row):
        raise Failure(Code.DEVICE_REJECTED, words(row))
