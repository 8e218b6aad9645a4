"""The tools an assistant is offered: the installed catalogue in MCP's words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import mcp_types as types

from apps.kernel.actor import Actor, ActorKind
from apps.kernel.errors import nearest
from apps.mcp.schemas import Json, input_schema, may_be_gated, output_schema
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
        if tool.name in self._by_name or len(tool.name) > NAME_LONGEST:
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

    def visible_to(self, actor: Actor) -> list[types.Tool]:
        """What `actor` may call."""
        if actor.kind is ActorKind.ANONYMOUS:
            return [entry.tool for entry in self if entry.operation.name in ANONYMOUS]
        return [entry.tool for entry in self if actor.may(entry.operation.permission)]

    def nearest_to(self, name: str, actor: Actor) -> str | None:
        """The visible tool that `name` was probably meant to be."""
        return nearest(tool_name(name), [tool.name for tool in self.visible_to(actor)])

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
    return [
        {
            **entry.tool.model_dump(mode="json", by_alias=True, exclude_none=True),
            "aliases": sorted((entry.operation.name, *entry.operation.aliases)),
        }
        for entry in sorted(book(), key=lambda entry: entry.tool.name)
    ]
