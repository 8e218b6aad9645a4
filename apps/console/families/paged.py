"""A page for reading: where it is or how it ended, in words, and which ways there are to end it."""

from dataclasses import dataclass
from typing import Final

from apps.qsys.models import Page, PageStage
from apps.qsys.services.paging.endings import unheard, words
from apps.qsys.services.paging.watching import records

#: What a page can be, in words.
WORDS: Final = {
    "message": "A message from the Core",
    "live": "Live voice",
    "delay": "Voice, recorded and then played",
    "auto": "Voice, live if the zones are free",
}
#: The Core's words for what a page waits for or does, where they need more.
DETAILS: Final = {
    "queued": "its zones are busy",
    "zones": "for busy zones",
    "preamble": "the chime plays",
    "system": "for the Core",
    "live": "live",
    "record": "being recorded",
    "seen": "seen on its zones",
}


@dataclass(frozen=True, slots=True)
class Paged:
    """One page."""

    row: Page

    @property
    def look(self) -> str:
        """Where it is, or how it ended."""
        if self.row.state == PageStage.UNKNOWN:
            return "unknown"
        if unheard(self.row):
            return "unheard"
        return self.row.ending if self.row.over else self.row.state

    @property
    def detail(self) -> str:
        """What it waits for or does."""
        return "" if self.row.over else DETAILS.get(self.row.detail, self.row.detail)

    @property
    def source(self) -> str:
        """The file that plays, or the station spoken at."""
        return self.row.message or self.row.station

    @property
    def mode(self) -> str:
        """What it is."""
        return WORDS.get(self.row.mode, self.row.mode)

    @property
    def sentence(self) -> str:
        """How it ended, and what to do."""
        return words(self.row)

    @property
    def stoppable(self) -> bool:
        """Whether somebody speaks who can be stopped; a message can only be dropped."""
        return self.row.mode != "message"

    @property
    def goes_on(self) -> bool:
        """Whether what was recorded goes out after a stop."""
        return records(self.row)
