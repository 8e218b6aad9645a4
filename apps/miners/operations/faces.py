"""Through which faces the miner operations are reached."""

from typing import Final

from apps.operations.core import Face

EVERYWHERE: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE, Face.SCHEDULE})
BY_HAND: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE})
