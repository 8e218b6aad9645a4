"""Looking for tools among those a caller reaches: by words, and by name."""

from collections.abc import Callable
from typing import Final

from apps.kernel.actor import Actor
from apps.mcp.schemas import Json
from apps.mcp.tools import Book, Entry
from apps.mcp.toolsets import Toolset
from apps.mcp.trio import DESCRIBE, DOCUMENTATION, SEARCH, McpToolsDescribeIn, McpToolsSearchIn
from apps.operations.parsing import read

#: Words that say nothing about a tool.
_IDLE: Final = frozenset({"a", "all", "an", "and", "for", "of", "on", "or", "the", "to", "with"})


def search(book: Book, actor: Actor, toolset: Toolset, arguments: Json) -> Json:
    """The tools that fit best, with one line each, and how many fit at all."""
    asked = read(McpToolsSearchIn, arguments)
    reachable = book.reachable(actor, toolset)
    wanted = [word for word in _words(asked.query) if word not in _IDLE]
    scored = [(_score(entry, wanted), entry) for entry in reachable]
    found = [pair for pair in scored if pair[0] or not wanted]
    found.sort(key=lambda pair: (-pair[0], pair[1].tool.name))
    lines = [_line(entry) for _, entry in found[: asked.limit]]
    return {"tools": lines, "total": len(found)}


def describe(book: Book, actor: Actor, toolset: Toolset, arguments: Json) -> Json:
    """Whole declarations; raises `not_found` for what cannot be reached, there or not."""
    asked = read(McpToolsDescribeIn, arguments)
    found = [book.require(name, actor, toolset) for name in asked.tools]
    return {
        "tools": [
            entry.tool.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in found
        ]
    }


Answer = Callable[[Book, Actor, Toolset, Json], Json]
#: Those that answer by themselves; the third becomes the call it carries.
ANSWERS: Final[dict[str, Answer]] = {
    SEARCH: search,
    DOCUMENTATION: search,
    DESCRIBE: describe,
}


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text.lower()).split()


def _score(entry: Entry, wanted: list[str]) -> int:
    """How well a tool fits: words of its name count more than those of its description."""
    operation = entry.operation
    names = _words(" ".join((operation.name, *operation.aliases)))
    said = _words(operation.summary) + list(operation.input.model_fields)
    return sum(3 * _holds(names, word) or _holds(said, word) for word in wanted)


def _holds(words: list[str], wanted: str) -> int:
    """Whether a word is among `words`, its plural or another ending taken for the same."""
    stem = wanted[:-1] if len(wanted) > 3 and wanted.endswith("s") else wanted
    return int(any(word.startswith(stem) for word in words))


def _line(entry: Entry) -> Json:
    operation = entry.operation
    return {
        "name": entry.tool.name,
        "does": operation.summary,
        "danger": operation.danger.name.lower(),
    }
