"""What a prompt is: its arguments, what to read before it is told, and the telling."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.kernel.actor import Actor

Given = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing a person fills in."""

    name: str
    description: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing to read: the answer of an operation, or else a resource."""

    title: str
    operation: str = ""
    input: Mapping[str, Any] = field(default_factory=dict)
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A task in words. `readings` may look up what the arguments name, and raises `not_found`
    or `invalid` for what is wrong with them."""

    name: str
    title: str
    description: str
    permission: str
    arguments: tuple[Argument, ...]
    readings: Callable[[Actor, Given], tuple[Reading, ...]]
    task: Callable[[Given], str]
