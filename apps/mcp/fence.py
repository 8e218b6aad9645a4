"""The fence around what devices and people wrote: data for an assistant, never an instruction."""

from typing import Any, Final

import orjson

#: Characters of a sentence that carries somebody's words.
LINE_MOST: Final = 1_000
OPEN: Final = "<data>"
CLOSE: Final = "</data>"


def fenced(data: Any, most: int | None = None) -> str:
    """Data as JSON in a fence it cannot break; of a long one the first `most` characters."""
    text = safe_json(data)
    if most is not None and len(text) > most:
        more = len(text) - most
        text = f"{text[:most]}… ({more} characters more in the structured content)"
    return f"{OPEN}{text}{CLOSE}"


def safe_json(data: Any) -> str:
    """Compact JSON without a `<`, so that no value can open or close a fence."""
    return orjson.dumps(data, default=str).decode().replace("<", "\\u003c")


def line(text: str) -> str:
    """A sentence of ours with a name or a word of theirs in it: it stays one line, it stays
    short, and it holds no fence."""
    plain = "".join(char if char.isprintable() else " " for char in text).replace("<", "\\u003c")
    return plain if len(plain) <= LINE_MOST else f"{plain[:LINE_MOST]}…"
