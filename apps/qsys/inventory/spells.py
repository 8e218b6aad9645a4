"""From what a control said in turn to stretches of time in one status each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A status from `at` on, in the Core's words."""

    at: datetime
    code: int
    text: str = ""


def run_on(held: Said, news: Iterable[Said]) -> list[Said]:
    """The spell that is open, and those that began since, in order of time.

    The last words of a spell are kept. News from before the spell that is open, which a clock
    that was set back may bring, count as from its beginning.
    """
    spells = [held]
    for one in sorted(news, key=lambda said: said.at):
        last = spells[-1]
        if one.code == last.code:
            spells[-1] = Said(last.at, last.code, one.text)
        else:
            spells.append(Said(max(one.at, last.at), one.code, one.text))
    return spells
