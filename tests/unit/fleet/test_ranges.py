"""Ranges that may be looked through: what is refused, who may declare them, what is kept sealed."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Tenant
from apps.fleet.models import DiscoveryRange
from apps.fleet.services import credentials_rotate, range_login
from apps.fleet.services.ranges import MOST_ADDRESSES, network_of
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from tests.support import factories
from tests.unit.fleet.test_operations import call, output, refusal

pytestmark = pytest.mark.usefixtures("door")

SECRETS = {"user": "root", "pin": "hunter2-very-secret"}
RANGE = {"site": "/plant/", "network": "10.1.0.0/24", "driver": "echo"}


@pytest.fixture
def admin(tenant: Tenant, allow: Any) -> Actor:
    allow("10.0.0.0/8")
    factories.site_tree(tenant)
    return factories.actor_of("admin", tenant)


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"network": "hall a"}, Code.INVALID, "'hall a' is not a range such as 10.1.0.0/24"),
        ({"network": "10.1.0.5/24"}, Code.INVALID, "10.1.0.5/24 is to be written as 10.1.0.0/24"),
        ({"network": "10.0.0.0/8"}, Code.INVALID, "has 16777216 addresses and a range has at most"),
        ({"network": "192.168.0.0/24"}, Code.INVALID, "add it to DEVICE_NETWORKS"),
        ({"network": "8.8.8.0/24"}, Code.INVALID, "no address of 8.8.8.0/24 is in the allowed"),
        ({"network": "169.254.169.0/24"}, Code.INVALID, "no address of"),
        ({"network": "::ffff:10.1.0.0/120"}, Code.INVALID, "::ffff:a01:0/120"),
        ({"network": "10.1.2.0/25"}, Code.CONFLICT, "has some of these addresses"),
        ({"network": "10.1.0.0/22"}, Code.CONFLICT, "has some of these addresses"),
        ({"network": "10.1.2.0/24", "site": "/plant/hall-a/"}, Code.CONFLICT, "has some of these"),
        ({"driver": "nothing"}, Code.INVALID, "There is no driver 'nothing'"),
        ({"secrets": {"colour": "red"}}, Code.INVALID, "is not what echo logs in with"),
        ({"site": "/nowhere/"}, Code.NOT_FOUND, "/nowhere/"),
    ],
)
def test_what_cannot_be_looked_through_is_refused(
    admin: Actor, changes: dict[str, Any], code: Code, says: str
) -> None:
    output(admin, "range.save", **{**RANGE, "network": "10.1.2.0/24"})
    before = list(DiscoveryRange.system.values())
    failure = refusal(admin, "range.save", **{**RANGE, **changes})
    assert failure.code is code
    said = " ".join([failure.detail, *(error.message for error in failure.errors)])
    assert says in said
    assert list(DiscoveryRange.system.values()) == before


@given(text=st.one_of(st.text(max_size=60), st.ip_addresses().map(str)))
def test_any_text_is_a_network_or_refused(text: str) -> None:
    try:
        network = network_of(text)
    except Failure as failure:
        code = failure.code
    else:
        code = Code.INVALID
        assert network.num_addresses <= MOST_ADDRESSES
        assert ip_network(str(network)) == network
    assert code is Code.INVALID


def test_a_log_in_is_sealed_and_stays_until_another_comes(admin: Actor) -> None:
    made = output(admin, "range.save", **RANGE, secrets=SECRETS)
    assert (made["has_login"], made["scanned_at"]) == (True, None)
    assert "hunter2" not in str(made)
    row = DiscoveryRange.system.get()
    assert b"hunter2" not in bytes(row.sealed)
    again = output(admin, "range.save", **RANGE)
    assert (again["range"], again["has_login"]) == (made["range"], True)
    before = bytes(DiscoveryRange.system.get().sealed)
    assert credentials_rotate() == 1
    row = DiscoveryRange.system.get()
    assert (range_login(row), bytes(row.sealed) != before) == (SECRETS, True)


def test_another_tenant_may_have_the_same_addresses(admin: Actor) -> None:
    output(admin, "range.save", **RANGE)
    other = factories.tenant()
    factories.site_tree(other)
    output(factories.actor_of("admin", other), "range.save", **RANGE)
    assert DiscoveryRange.system.count() == 2


def test_ranges_are_seen_and_deleted_where_their_place_is(admin: Actor, tenant: Tenant) -> None:
    made = output(admin, "range.save", **{**RANGE, "site": "/plant/hall-a/"})
    there = factories.actor_of("viewer", tenant, site_path="/plant/hall-a/")
    assert [one["range"] for one in output(there, "range.list")["ranges"]] == [made["range"]]
    elsewhere = factories.actor_of("viewer", tenant, site_path="/plant/hall-b/")
    assert output(elsewhere, "range.list")["ranges"] == []
    data = {"range": made["range"]}
    assert refusal(factories.actor_of("engineer", tenant), "range.delete", **data).code is (
        Code.FORBIDDEN
    )
    hall_b = factories.actor_of("admin", tenant, site_path="/plant/hall-b/")
    assert refusal(hall_b, "range.delete", **data).code is Code.NOT_FOUND
    assert DiscoveryRange.system.exists()
    assert call(admin, "range.delete", **data).output == {**data, "network": RANGE["network"]}
    assert not DiscoveryRange.system.exists()


def test_an_engineer_declares_no_range(admin: Actor, tenant: Tenant) -> None:
    engineer = factories.actor_of("engineer", tenant)
    assert refusal(engineer, "range.save", **RANGE).code is Code.FORBIDDEN
    assert not DiscoveryRange.system.exists()
