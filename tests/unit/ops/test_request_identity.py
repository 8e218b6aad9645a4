"""Every request has an id, a trace and an address, and none of them is what a forger wants."""

import re
from typing import Any
from uuid import UUID

import pytest
import structlog
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from apps.ops.middleware import (
    ADDRESS,
    REQUEST_ID,
    TRACE_ID,
    RequestIdentity,
    plain_address,
    request_id_from,
    trace_id_from,
)

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def passed(**headers: str) -> tuple[HttpRequest, HttpResponse, dict[str, Any]]:
    """A request through the middleware: what the view saw, the answer, the log's context."""
    seen: list[tuple[HttpRequest, dict[str, Any]]] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((request, structlog.contextvars.get_contextvars()))
        return HttpResponse("ok")

    request = RequestFactory().get("/", headers=headers)
    response = RequestIdentity(view)(request)
    assert isinstance(response, HttpResponse)
    return seen[0][0], response, seen[0][1]


def test_a_plain_id_is_kept_and_echoed() -> None:
    request, response, bound = passed(**{"X-Request-ID": "shift-7:a.b_c"})
    assert request.META[REQUEST_ID] == response["X-Request-ID"] == "shift-7:a.b_c"
    assert bound["request_id"] == "shift-7:a.b_c"


@pytest.mark.parametrize(
    "hostile", ["", " ", "a b", "a\r\nSet-Cookie: x", "é", "x" * 101, '{"a":1}']
)
def test_another_id_is_replaced(hostile: str) -> None:
    assert UUID(request_id_from(hostile)).version == 7


@given(st.text())
def test_an_id_is_always_safe_to_write_down(offered: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", request_id_from(offered))


def test_two_requests_have_two_ids() -> None:
    assert passed()[1]["X-Request-ID"] != passed()[1]["X-Request-ID"]


def test_the_trace_comes_from_traceparent() -> None:
    request, _, bound = passed(traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    assert request.META[TRACE_ID] == bound["trace_id"] == TRACE


@pytest.mark.parametrize(
    "header",
    ["", "x", f"00-{TRACE}", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE.upper()}-a-01"],
)
def test_no_trace_is_no_trace(header: str) -> None:
    assert trace_id_from(header) == ""


def test_a_later_version_may_have_more_parts() -> None:
    assert trace_id_from(f"cc-{TRACE}-00f067aa0ba902b7-01-more") == TRACE


def test_the_address_is_the_peer() -> None:
    request, _, _ = passed(**{"X-Forwarded-For": "10.9.9.9"})
    assert request.META[ADDRESS] == "127.0.0.1"


def test_no_header_can_set_the_keys() -> None:
    request, _, _ = passed(**{"controlplane.request_id": "forged"})
    assert request.META[REQUEST_ID] != "forged"


def test_a_mapped_address_is_ipv4() -> None:
    assert plain_address("::ffff:10.1.2.3") == "10.1.2.3"
    assert plain_address("2001:db8::1") == "2001:db8::1"
    assert plain_address(None) == ""
