import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.fleet import exchange, services
from apps.fleet.models import Device
from apps.fleet.selectors import devices
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from tests.support import factories

HEAD = "name,driver,site,address,serial\n"


@pytest.fixture(autouse=True)
def networks(allow: Any) -> None:
    allow("10.0.0.0/8")


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    factories.site_tree(tenant)
    return factories.actor_of("engineer", tenant)


def verdicts(actor: Actor, text: str) -> list[tuple[str, str]]:
    return [(row.verdict, row.reason) for row in exchange.judged(actor, text)]


@given(cell=st.text())
def test_a_cell_reads_back_as_it_was(cell: str) -> None:
    assert exchange.bare(exchange.guarded(cell)) == cell


@given(cell=st.text())
def test_no_cell_starts_like_a_formula(cell: str) -> None:
    assert not exchange.guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_what_was_written_reads_back_the_same(engineer: Actor, tenant: Tenant) -> None:
    site = factories.site(tenant, "/plant/hall-a/")
    names = ("=1+1", "'quoted'", 'a "b", c', "-minus", "@x", "Ünï ç", "'=x")
    for number, name in enumerate(names):
        services.device_create(
            site=site,
            driver_name="echo",
            name=name,
            address=f"10.0.0.{number + 1}",
            ports={"echo": 99, "other": 7},
            serial=f"+{number}",
            mac=f"00:00:00:00:00:{number:02x}",
            model="=cmd|' /C calc'!A0",
            tags=["a", "b"],
            circuit="=PDU 3",
            slot=f"-{number}",
        )
    text = exchange.written(devices(engineer))
    assert {verdict for verdict, _ in verdicts(engineer, text)} == {"unchanged"}
    other = factories.tenant()
    factories.site_tree(other)
    rows = exchange.judged(factories.actor_of("engineer", other), text)
    assert {row.verdict for row in rows} == {"create"}
    assert sorted(row.name for row in rows) == sorted(names)
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


def test_every_row_has_its_own_verdict_and_nothing_is_written(
    engineer: Actor, tenant: Tenant
) -> None:
    factories.device(tenant, name="There", driver="echo", address="10.0.0.9", serial="X")
    before = Device.system.count()
    text = HEAD + (
        "New,echo,/plant/,10.0.0.1,S1\n"
        "There,echo,/plant/,10.0.0.9,X\n"
        "There2,echo,/nowhere/,10.0.0.1,\n"
        "Far,echo,/plant/,192.168.0.1,\n"
        "Odd,nothing,/plant/,10.0.0.1,\n"
        "Twice,echo,/plant/,10.0.0.1,S1\n"
        ",echo,/plant/,10.0.0.1,\n"
    )
    rows = exchange.judged(engineer, text)
    assert [row.verdict for row in rows] == [
        "create",
        "unchanged",
        "refused",
        "refused",
        "refused",
        "refused",
        "refused",
    ]
    assert "no place '/nowhere/'" in rows[2].reason
    assert "allowed device networks" in rows[3].reason
    assert "no driver" in rows[4].reason
    assert "line 2 already" in rows[5].reason
    assert rows[6].line == 8
    assert Device.system.count() == before


def test_a_place_without_the_right_looks_like_none(tenant: Tenant, engineer: Actor) -> None:
    local = factories.actor_of("engineer", tenant, site_path="/plant/hall-a/")
    text = HEAD + "A,echo,/plant/hall-a/,10.0.0.1,\nB,echo,/plant/hall-b/,10.0.0.2,\n"
    assert [verdict for verdict, _ in verdicts(local, text)] == ["create", "refused"]
    foreign = factories.actor_of("engineer")
    assert [verdict for verdict, _ in verdicts(foreign, text)] == ["refused", "refused"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "lacks"),
        ("name,driver\n", "lacks address, site"),
        ("name,driver,site,address,colour\n", "has colour"),
        ("name,name,driver,site,address\n", "a name twice"),
        (HEAD + '"unclosed\n', "cannot be read"),
    ],
)
def test_a_wrong_heading_or_form_is_said(engineer: Actor, text: str, says: str) -> None:
    with pytest.raises(Failure) as caught:
        exchange.judged(engineer, text)
    assert caught.value.code is Code.INVALID
    assert says in caught.value.detail


def test_too_many_lines_are_refused(engineer: Actor) -> None:
    with pytest.raises(Failure, match="more than 5000 lines"):
        exchange.judged(engineer, HEAD + "a,echo,/x/,10.0.0.1,\n" * 5_001)


@given(text=st.text(max_size=200))
def test_any_text_is_judged_or_refused(text: str) -> None:
    code = Code.INVALID
    try:
        list(exchange._read(text))
    except Failure as failure:
        code = failure.code
    assert code is Code.INVALID


def test_circuit_and_slot_come_with_their_columns(engineer: Actor) -> None:
    text = "name,driver,site,address,slot,circuit\nA,echo,/plant/,10.0.0.1,U12,PDU 3\n"
    (row,) = exchange.judged(engineer, text)
    assert row.wanted is not None
    assert (row.verdict, row.wanted.slot, row.wanted.circuit) == ("create", "U12", "PDU 3")
    long = text.replace("U12", "U" * 21)
    assert verdicts(engineer, long)[0][0] == "refused"


def test_a_byte_order_mark_and_empty_lines_do_not_disturb(engineer: Actor) -> None:
    text = "\ufeff" + HEAD + "\r\nA,echo,/plant/,10.0.0.1,\r\n\r\n"
    assert verdicts(engineer, text) == [("create", "")]


def test_ports_and_tags_are_lists_in_a_cell(engineer: Actor) -> None:
    text = "name,driver,site,address,ports,tags\nA,echo,/plant/,10.0.0.1,echo=99; b=7,x;y\n"
    (row,) = exchange.judged(engineer, text)
    assert row.wanted is not None
    assert row.wanted.ports == {"echo": 99, "b": 7}
    assert row.wanted.tags == ["x", "y"]
