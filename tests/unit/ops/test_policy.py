"""Pages get the configured policy with its nonce; data get a constant one."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from apps.ops.policy import DATA, PagePolicy

HEADER = "Content-Security-Policy"


def answered(kind: str, **headers: str) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        nonce = str(request.csp_nonce) if kind == "text/html" else ""  # type: ignore[attr-defined]
        return HttpResponse(nonce, content_type=kind, headers=headers)

    found: HttpResponse = PagePolicy(view)(RequestFactory().get("/"))  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("kind", ["application/json", "application/problem+json"])
def test_data_load_nothing(kind: str) -> None:
    assert answered(kind)[HEADER] == DATA


def test_a_page_has_its_nonce() -> None:
    page = answered("text/html")
    assert f"'nonce-{page.content.decode()}'" in page[HEADER]
    assert "unsafe" not in page[HEADER]


def test_a_policy_already_there_stays() -> None:
    own = "default-src 'self'"
    assert answered("application/json", **{HEADER: own})[HEADER] == own
