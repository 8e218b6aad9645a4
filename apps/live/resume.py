"""What a reader gets that comes back with the position it had reached."""

from collections.abc import AsyncIterator
from typing import Final

from apps.events import reader
from apps.events.envelope import Position
from apps.events.items import Item, event_item
from apps.events.work import in_thread
from apps.live.stream import Stream, is_after
from apps.live.words import word

#: A reader further behind than this is told to reload instead.
MOST_BEHIND: Final = 1_000
PAGE: Final = 500


async def catch_up(stream: Stream, after: Position, stop: Position) -> AsyncIterator[list[Item]]:
    """The events in (after, stop] that the reader may see, oldest first; or one `missed`.

    The stream has joined the fan-out at `stop` before, so nothing falls between.
    """
    lost = await in_thread(missed, after, stop)
    if lost is not None:
        yield [lost]
        return
    while is_after(stop, after):
        page = await in_thread(reader.after, after, PAGE)
        if not page:
            return
        after = page[-1].position
        items = [event_item(one) for one in page if not is_after(one.position, stop)]
        yield [item for item in items if item in stream.wanted and item.visible_to(stream.actor)]


def missed(after: Position, stop: Position) -> Item | None:
    """What to tell a reader whose position is too old; None when it can be served."""
    oldest = reader.after(reader.START, 1)
    if after != reader.START and oldest and is_after(oldest[0].position, after):
        return _word(stop, None, "The events after your position are no longer kept; reload.")
    behind = reader.count_between(after, stop, MOST_BEHIND + 1)
    if behind > MOST_BEHIND:
        return _word(stop, behind, f"You are more than {MOST_BEHIND} events behind; reload.")
    return None


def _word(stop: Position, count: int | None, detail: str) -> Item:
    return word("missed", position=stop, at_least=count, detail=detail)
