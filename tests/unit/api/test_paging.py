"""Keyset pages are complete and stable; what is not a cursor is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.api import filters
from apps.api.filters import read_query
from apps.api.pagination import Order, limit_of, opened, sealed
from apps.kernel.errors import Code, Failure
from tests.support import factories
from tests.unit.api.support import said, walk

Roles = Callable[..., Client]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_together_are_the_list(limit: int, as_role: Roles, tenant: Tenant) -> None:
    actor = factories.actor_of("engineer", tenant)
    ids = [str(factories.job(actor).id) for _ in range(7)]
    rows = walk(as_role("viewer"), f"/api/v1/jobs/?limit={limit}")
    assert [row["id"] for row in rows] == list(reversed(ids))


def test_rows_that_come_meanwhile_move_nothing(as_role: Roles, tenant: Tenant) -> None:
    client = as_role("viewer")
    for name in ("b", "d", "f", "h"):
        factories.device(tenant, name=name)
    first = client.get("/api/v1/devices/?limit=2").json()
    assert [row["name"] for row in first["items"]] == ["b", "d"]
    for name in ("a", "c", "e"):
        factories.device(tenant, name=name)
    rest = client.get(f"/api/v1/devices/?limit=10&cursor={first['next']}").json()
    assert [row["name"] for row in rest["items"]] == ["e", "f", "h"]
    assert rest["next"] is None


def test_equal_names_are_told_apart_by_id(as_role: Roles, tenant: Tenant) -> None:
    for path in ("/a/", "/b/", "/c/"):
        factories.site(tenant, path)
    found = walk(as_role("viewer"), "/api/v1/sites/?limit=1")
    assert [row["path"] for row in found] == ["/a/", "/b/", "/c/"]


def test_a_cursor_opens_nothing_foreign(as_role: Roles, tenant: Tenant) -> None:
    theirs = factories.tenant()
    factories.device(theirs, name="a")
    factories.device(theirs, name="z")
    cursor = sealed(["a", str(UUID(int=0))])
    page = as_role("viewer").get(f"/api/v1/devices/?cursor={cursor}").json()
    assert page == {"items": [], "next": None}


WRONG = [
    "x",
    "%00",
    "AAAA",
    sealed([]),
    sealed(["a"]),
    sealed(["a", "b", "c"]),
    sealed([1, 2]),
    sealed(["a", "no-uuid"]),
    sealed(["a\0", "98a0bb03-d484-481a-bed4-3a8ae5109256"]),
]


@pytest.mark.parametrize("cursor", WRONG)
def test_what_is_no_cursor_is_refused(cursor: str, as_role: Roles) -> None:
    answer = as_role("viewer").get(f"/api/v1/devices/?cursor={cursor}")
    assert said(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["path"] == "cursor"


@given(st.text(max_size=60), st.uuids())
def test_a_cursor_reads_what_it_wrote(name: str, number: UUID) -> None:
    if "\0" in name:
        with pytest.raises(Failure):
            opened(sealed([name, number]), (str, UUID))
    else:
        assert opened(sealed([name, number]), (str, UUID)) == [name, number]


@given(st.text(max_size=40))
def test_any_text_opens_or_is_invalid(text: str) -> None:
    code = None
    try:
        opened(text, (str, UUID))
    except Failure as failure:
        code = failure.code
    assert code in (None, Code.INVALID)


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_survive_a_cursor(moment: datetime) -> None:
    assert opened(sealed([moment]), (datetime,)) == [moment]


def test_the_order_of_a_descending_list() -> None:
    order = Order(("at", "id"), descending=True)
    assert order.by == ("-at", "-id")
    assert "('at__lte'" in str(order.after([1, 2]))


@pytest.mark.parametrize(("text", "number"), [(None, 100), ("1", 1), ("1000", 1000), ("0099", 99)])
def test_limits_that_are_taken(text: str | None, number: int) -> None:
    assert limit_of(text) == number


@pytest.mark.parametrize("text", ["0", "1001", "-1", "1.5", "ten", "", "٣", "99999"])
def test_limits_that_are_refused(text: str) -> None:
    with pytest.raises(Failure) as caught:
        limit_of(text)
    assert caught.value.errors[0].allowed == "1 to 1000"


def test_an_unknown_filter_gets_a_guess(as_role: Roles) -> None:
    answer = as_role("viewer").get("/api/v1/devices/?livenes=ok&kind=core")
    assert said(answer) == (422, "invalid")
    error = answer.json()["errors"][0]
    assert (error["path"], "'liveness'" in error["message"]) == ("livenes", True)
    assert "liveness" in error["allowed"]


def test_a_single_row_has_no_filters(as_role: Roles, tenant: Tenant) -> None:
    device = factories.device(tenant)
    answer = as_role("viewer").get(f"/api/v1/devices/{device.id}/?kind=core")
    assert said(answer) == (422, "invalid")


def test_filters_narrow(as_role: Roles, tenant: Tenant) -> None:
    one = factories.device(tenant, name="Lobby Core", tags=["audio", "east"], site_path="/a/b/")
    factories.device(tenant, name="Miner 1", kind="miner", site_path="/c/")
    client = as_role("viewer")
    for query in ("kind=core", "tag=east", "site=/a/", "name=lobby", f"serial={one.serial}"):
        found = client.get(f"/api/v1/devices/?{query}").json()["items"]
        assert [row["name"] for row in found] == ["Lobby Core"], query
    assert client.get("/api/v1/devices/?liveness=ok").json()["items"] == []


KNOWN = {
    "id": filters.uuid("id", ""),
    "on": filters.boolean("on", ""),
    "at": filters.moment("at__gte", ""),
    "kind": filters.choice("kind", ("a", "b"), ""),
    "q": filters.text("q", ""),
}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("on=true", {"on": True}),
        ("kind=b", {"kind": "b"}),
        ("at=2026-11-20T08:00:00Z", {"at__gte": datetime(2026, 11, 20, 8, tzinfo=UTC)}),
        ("at=2026-11-20T08:00:00", {"at__gte": datetime(2026, 11, 20, 8, tzinfo=UTC)}),
        ("at=2026-11-20T09:00:00+01:00", {"at__gte": datetime(2026, 11, 20, 8, tzinfo=UTC)}),
        ("q=", {"q": ""}),
    ],
)
def test_values_are_typed(query: str, found: dict[str, object]) -> None:
    assert read_query(QueryDict(query), KNOWN) == found


@pytest.mark.parametrize(
    "query",
    ["id=7", "on=1", "on=TRUE", "at=noon", "kind=c", "q=%00", f"q={'x' * 201}", "on=true&on=false"],
)
def test_values_of_another_type_are_refused(query: str) -> None:
    with pytest.raises(Failure) as caught:
        read_query(QueryDict(query), KNOWN)
    assert caught.value.code is Code.INVALID
    assert caught.value.errors[0].allowed


def test_all_wrong_parameters_are_named_at_once() -> None:
    with pytest.raises(Failure) as caught:
        read_query(QueryDict("id=7&kind=c&nope=1"), KNOWN)
    assert {error.path for error in caught.value.errors} == {"id", "kind", "nope"}


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("0633-12-05T05:47:46%2B22:22", 200),
        ("2026-11-20T08:00:00Z", 200),
        ("0001-01-01T00:00:00%2B23:00", 422),
        ("9999-12-31T23:59:59-23:00", 422),
        ("yesterday", 422),
    ],
)
def test_a_time_is_read_in_any_offset_or_refused(
    as_role: Callable[..., Client], text: str, status: int
) -> None:
    answer = as_role("admin").get(f"/api/v1/jobs/?since={text}")
    assert answer.status_code == status, answer.content
