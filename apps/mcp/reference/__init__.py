"""Pages about the tools, made from the declarations, so that they cannot be out of date."""

from collections.abc import Callable
from typing import Final

from apps.mcp.reference import namesakes, tools

#: By place under docs/.
PAGES: Final[dict[str, Callable[[], str]]] = {
    "reference/mcp-tools.md": tools.document,
    "reference/reference-tools.md": namesakes.document,
}
