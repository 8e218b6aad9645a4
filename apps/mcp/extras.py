"""Tools that stand for no operation: none in the product, those of the suites in tests."""

from collections.abc import Callable
from dataclasses import dataclass

import mcp_types as types

from apps.mcp.message import Json


@dataclass(frozen=True, slots=True)
class Extra:
    """A tool with its answer, which must not block. `answer` is None where the tool needs the
    SDK's context: then a handler added to the server answers it."""

    tool: types.Tool
    answer: Callable[[Json], types.CallToolResult] | None = None


_extras: dict[str, Extra] = {}


def install(extras: tuple[Extra, ...]) -> None:
    """Make these the extra tools of this process."""
    _extras.clear()
    _extras.update({extra.tool.name: extra for extra in extras})


def find(name: str) -> Extra | None:
    """The extra tool of a name."""
    return _extras.get(name)


def tools() -> list[types.Tool]:
    """Every extra tool, in the order they were installed."""
    return [extra.tool for extra in _extras.values()]
