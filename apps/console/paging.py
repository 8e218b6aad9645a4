"""Pages of long lists, by page number where sorted by name, by id where newest comes first."""

from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

PAGE: Final = 50

M = TypeVar("M", bound=Model)


def numbered(request: HttpRequest, rows: "QuerySet[M]", size: int = PAGE) -> dict[str, Any]:
    """One page with `rows`, `page_number`, and in `more` the next page's number or nothing."""
    text = request.GET.get("page", "1")
    number = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
    start = (number - 1) * size
    found = list(rows[start : start + size + 1])
    more = number + 1 if len(found) > size else None
    return {"rows": found[:size], "page_number": number, "more": more}
