"""The little Markdown that the pages are made of."""

from collections.abc import Iterable


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; a bar in a cell would end it."""
    found = [list(heads)]
    found.append(["---"] * len(found[0]))
    found.extend([cell.replace("|", "\\|") for cell in row] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in found)
