"""The six status codes: their words, which is worst, and how to read one off a control."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args

from apps.qsys.models import StatusCode

Word = Literal["fault", "missing", "compromised", "initializing", "not_present", "ok"]
#: Worst first, as a roll-up takes them: what is broken, what should be there, what limps, what
#: will be there soon, what need not be there.
WORST_FIRST: Final = (
    StatusCode.FAULT,
    StatusCode.MISSING,
    StatusCode.COMPROMISED,
    StatusCode.INITIALIZING,
    StatusCode.NOT_PRESENT,
    StatusCode.OK,
)
RANK: Final = {int(code): rank for rank, code in enumerate(WORST_FIRST)}
WORDS: Final[dict[int, Word]] = dict(zip(map(int, WORST_FIRST), get_args(Word), strict=True))
CODES: Final = {word: code for code, word in WORDS.items()}
#: How a Core begins the text of a status ("Fault - fan"), and older ones did.
_TEXTS: Final = {
    "ok": StatusCode.OK,
    "compromised": StatusCode.COMPROMISED,
    "fault": StatusCode.FAULT,
    "not present": StatusCode.NOT_PRESENT,
    "absent": StatusCode.NOT_PRESENT,
    "missing": StatusCode.MISSING,
    "initializing": StatusCode.INITIALIZING,
}


def code_of(number: float | None, text: str) -> int | None:
    """The code that a status control shows by value or by text; None where it shows none."""
    if number is not None:
        return int(number) if number in WORDS else None
    said = text.partition(" - ")[0].strip().casefold()
    return _TEXTS.get(said)


def worst(codes: Iterable[int]) -> int:
    """The worst of some codes; OK of none."""
    return min(codes, key=lambda code: RANK[code], default=int(StatusCode.OK))


def worded(counts: Mapping[int, int]) -> dict[Word, int]:
    """Counts by code as counts by word, all six, worst first."""
    return {WORDS[code]: counts.get(code, 0) for code in map(int, WORST_FIRST)}
