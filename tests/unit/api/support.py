"""Short ways to call the REST face and to read what it says."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

PROBLEM = "application/problem+json"


def call(client: Client, name: str, body: Any = None, **headers: str) -> Any:
    """`POST` to an operation; `headers` with underscores for dashes."""
    return client.post(
        f"/api/v1/operations/{name}",
        data={"input": {}} if body is None else body,
        content_type="application/json",
        headers={key.replace("_", "-"): value for key, value in headers.items()},
    )


def said(response: HttpResponse) -> tuple[int, str]:
    """Status and code of a problem, after checking that it is one."""
    assert response["Content-Type"] == PROBLEM, response.content
    body = response.json()  # type: ignore[attr-defined]  # added by the test client
    assert body["status"] == response.status_code
    assert set(body) >= {"type", "title", "detail", "code", "retryable", "errors", "request_id"}
    return response.status_code, body["code"]


def walk(client: Client, address: str) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = ""
    joint = "&" if "?" in address else "?"
    while cursor is not None:
        page = client.get(f"{address}{joint}cursor={cursor}" if cursor else address).json()
        rows += page["items"]
        cursor = page["next"]
    return rows
