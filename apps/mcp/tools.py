"""The tools an assistant is offered: the installed catalogue in MCP's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types

from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import nearest, not_found
from apps.mcp import trio
from apps.mcp.schemas import Json, input_schema, may_be_gated, output_schema
from apps.mcp.toolsets import Toolset
from apps.operations.admit import ANONYMOUS
from apps.operations.catalogue import Catalogue, installed
from apps.operations.core import AnyOperation, Danger, DeclarationError, Face, Mode, Repeat

#: Clients put `mcp__server__` in front, and models refuse names above 64 characters.
NAME_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One operation as a tool."""

    operation: AnyOperation
    tool: types.Tool

    def is_visible_to(self, actor: Actor) -> bool:
        """Whether `actor` is to know that there is such a tool."""
        if actor.kind is ActorKind.ANONYMOUS:
            return self.operation.name in ANONYMOUS
        return actor.may_ask(self.operation.permission)

    def is_reached_by(self, actor: Actor, toolset: Toolset) -> bool:
        """Whether `actor` may call it through this toolset, listed or not."""
        return toolset.reaches(self.operation) and self.is_visible_to(actor)


class Book:
    """The tools of one catalogue, built once. Names are in a fixed order."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._by_name: dict[str, Entry] = {}
        for operation in catalogue:
            if Face.MCP in operation.faces:
                self._add(operation)

    def _add(self, operation: AnyOperation) -> None:
        tool = tool_of(operation)
        taken = tool.name in self._by_name or tool.name in trio.NAMES
        if taken or len(tool.name) > NAME_LONGEST:
            raise DeclarationError(f"{operation.name}: {tool.name} is taken or too long as a tool")
        self._by_name[tool.name] = Entry(operation, tool)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._by_name.values())

    def find(self, name: str) -> Entry | None:
        """The tool of a name, a dotted name or an alias."""
        found = self._by_name.get(name)
        if found is None and name in self.catalogue:
            found = self._by_name.get(tool_name(self.catalogue.get(name).name))
        return found

    def offered(self, actor: Actor, toolset: Toolset) -> list[types.Tool]:
        """The list of tools `actor` gets: what the toolset shows, and the three that reach the
        rest. It depends on nothing but these two, so its bytes may be kept."""
        reached = self.reachable(actor, toolset)
        if actor.kind is ActorKind.ANONYMOUS:
            return [entry.tool for entry in reached]
        shown = [entry.tool for entry in reached if toolset.lists(entry.operation)]
        return [*shown, *trio.tools(readonly=toolset.readonly)]

    def reachable(self, actor: Actor, toolset: Toolset) -> list[Entry]:
        """What `actor` may call through this toolset, listed or not."""
        return [entry for entry in self if entry.is_reached_by(actor, toolset)]

    def require(self, name: str, actor: Actor, toolset: Toolset) -> Entry:
        """A tool that `actor` reaches; raises `not_found` in the same words for all others."""
        entry = self.find(name)
        if entry is not None and entry.is_reached_by(actor, toolset):
            return entry
        known = [one.tool.name for one in self.reachable(actor, toolset)]
        raise not_found("tool", name, guess=nearest(tool_name(name), known))

    def schema_of(self, name: str) -> Json | None:
        """The input schema of a tool; the SDK checks routing headers against it."""
        found = self.find(name)
        return found.tool.input_schema if found else None


def tool_name(name: str) -> str:
    """An operation's name as models accept it: several refuse dots."""
    return name.replace(".", "_")


def tool_of(operation: AnyOperation) -> types.Tool:
    """One operation as a tool; hints come from its danger and from what repeating it does."""
    reads = operation.danger is Danger.READ
    return types.Tool(
        name=tool_name(operation.name),
        title=operation.name,
        description=description_of(operation),
        input_schema=input_schema(operation),
        output_schema=output_schema(operation),
        annotations=types.ToolAnnotations(
            title=operation.name,
            read_only_hint=reads,
            destructive_hint=operation.danger >= Danger.DISRUPTIVE,
            idempotent_hint=reads or operation.repeat is not Repeat.NEVER,
            open_world_hint=False,
        ),
    )


def description_of(operation: AnyOperation) -> str:
    """The summary, and what an assistant must know before the first call."""
    words = [operation.summary]
    if operation.danger >= Danger.DISRUPTIVE:
        words.append("The first call only plans; repeat it with the confirmation it gives.")
    elif may_be_gated(operation):
        words.append("It may answer with a plan to confirm first.")
    if operation.mode is Mode.JOB:
        words.append("Answers with a job, which goes on by itself.")
    return " ".join(words)


_books: list[Book] = []


def book() -> Book:
    """The tools of the installed catalogue."""
    catalogue = installed()
    if not _books or _books[0].catalogue is not catalogue:
        _books[:] = [Book(catalogue)]
    return _books[0]


def contract() -> list[dict[str, Any]]:
    """Every tool as clients see it, with the other names it answers to, by name."""
    own = [(tool, tool.title or "", ()) for tool in trio.tools(readonly=False)]
    operations = [(one.tool, one.operation.name, one.operation.aliases) for one in book()]
    return [
        {
            **tool.model_dump(mode="json", by_alias=True, exclude_none=True),
            "aliases": sorted((name, *aliases)),
        }
        for tool, name, aliases in sorted((*own, *operations), key=lambda one: one[0].name)
    ]
