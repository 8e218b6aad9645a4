"""Which faces offer the Q-SYS operations."""

from typing import Final

from apps.operations.core import Face

#: Whoever looks or acts now.
BY_HAND: Final = frozenset({Face.REST, Face.MCP, Face.CONSOLE})
#: And what may also happen at a time.
TIMED: Final = BY_HAND | {Face.SCHEDULE}
