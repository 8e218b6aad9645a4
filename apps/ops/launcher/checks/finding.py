"""What a check of the doctor found."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """`warn` leaves the plane running with less; `fail` does not let it start."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor, with the way to mend it where something is wrong."""

    level: Level
    subject: str
    text: str
    mend: str = ""


def ok(subject: str, text: str) -> Finding:
    return Finding(Level.OK, subject, text)


def warn(subject: str, text: str, mend: str = "") -> Finding:
    return Finding(Level.WARN, subject, text, mend)


def fail(subject: str, text: str, mend: str = "") -> Finding:
    return Finding(Level.FAIL, subject, text, mend)


def last_words(stderr: str) -> str:
    """What the exception said that ended a Python process, on one line."""
    return " ".join(stderr.rpartition("Error: ")[2].split())[:300]
