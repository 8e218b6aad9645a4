import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet import addresses
from apps.kernel.errors import Code, Failure

ALL = ("0.0.0.0/0", "::/0")


def refusal(host: str, *ports: int) -> str:
    with pytest.raises(Failure) as caught:
        addresses.resolve(host, ports or (1710,), within=5)
    assert caught.value.code is Code.INVALID
    return caught.value.detail


def test_an_empty_list_allows_nothing(allow: Any) -> None:
    allow()
    assert "none of the allowed device networks" in refusal("10.1.2.3")


def test_an_address_in_a_listed_range_is_allowed_on_every_port(allow: Any) -> None:
    allow("10.1.0.0/16")
    assert addresses.resolve("10.1.2.3", (1, 65535), within=5) == "10.1.2.3"
    refusal("10.2.0.1")


def test_listed_ports_exclude_the_others(allow: Any) -> None:
    allow("10.1.0.0/16:1710|443")
    assert addresses.resolve("10.1.2.3", (1710, 443), within=5) == "10.1.2.3"
    assert "port 22" in refusal("10.1.2.3", 1710, 22)


def test_ipv6_ranges_may_have_ports(allow: Any) -> None:
    allow("[fd12::/64]:1710", "fd13::/64")
    assert addresses.resolve("fd12::5", (1710,), within=5) == "fd12::5"
    assert addresses.resolve("fd13::5", (9,), within=5) == "fd13::5"
    refusal("fd12::5", 443)


def test_loopback_needs_an_entry_that_names_host_and_ports(allow: Any) -> None:
    allow("127.0.0.0/8", "127.0.0.0/8:1710", "127.0.1.1/32", "127.0.2.1:1710")
    assert "this machine itself" in refusal("127.0.1.1")
    assert addresses.resolve("127.0.2.1", (1710,), within=5) == "127.0.2.1"
    refusal("127.0.2.1", 1711)
    refusal("127.0.2.2")


def test_production_refuses_loopback_even_when_named(allow: Any) -> None:
    allow("127.0.2.1:1710", environment="production")
    assert "production" in refusal("127.0.2.1")


@pytest.mark.parametrize(
    "host",
    [
        "0177.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "010.1.2.3",
        "10.1.2.3.",
        "10.1.2",
        "[::1]",
        "fe80::1%eth0",
        "::ffff:10.1.2.3%1",
        "10.1.2.3:80",
    ],
)
def test_unusual_spellings_are_refused(allow: Any, host: str) -> None:
    allow(*ALL)
    assert "unusual spelling" in refusal(host)


@pytest.mark.parametrize("host", ["", "a b", "-a.example", "a..b", "host\x00", "x" * 64, "http//x"])
def test_what_is_no_host_name_is_refused(allow: Any, host: str) -> None:
    allow(*ALL)
    assert "neither an IP address nor a host name" in refusal(host)


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("100.100.100.200", "metadata"),
        ("fd00:ec2::254", "metadata"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("::ffff:10.1.2.3", "IPv4-mapped"),
        ("::ffff:127.0.0.1", "IPv4-mapped"),
        ("::10.1.2.3", "IPv4-compatible"),
        ("2002:0a01:0203::1", "6to4"),
        ("64:ff9b::a01:203", "NAT64"),
        ("2001:0:53aa:64c::1", "Teredo"),
    ],
)
def test_kinds_no_device_can_have_are_refused_whatever_the_list_says(
    allow: Any, host: str, kind: str
) -> None:
    allow(*ALL)
    assert kind in refusal(host)


@given(number=st.integers(0, 2**32 - 1))
def test_no_ipv4_address_outside_the_range_passes(number: int) -> None:
    inside = number >> 16 == 0x0A01
    entry = addresses.parse_entry("10.1.0.0/16:1710")
    ip = IPv4Address(number)
    assert entry.covers(ip, 1710) is inside
    assert not entry.covers(ip, 1711)


@given(number=st.integers(0, 2**32 - 1), form=st.sampled_from(["0{:o}", "0x{:x}", "0X{:X}", "{}"]))
def test_no_number_is_taken_for_an_address(number: int, form: str) -> None:
    with pytest.raises(Failure):
        addresses.literal_of(form.format(number))


@given(number=st.integers(0, 2**32 - 1))
def test_no_ipv4_address_gets_in_as_ipv6(number: int) -> None:
    for carried in (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80):
        assert addresses.forbidden_kind(IPv6Address(carried)) is not None


@given(text=st.text(max_size=60))
def test_any_text_is_an_address_a_name_or_refused(text: str) -> None:
    try:
        found = addresses.literal_of(text)
    except Failure as failure:
        found, code = None, failure.code
    else:
        code = Code.INVALID
    assert code is Code.INVALID
    assert found is None or found == ip_address(text)


def test_a_name_is_resolved_once_and_pinned(allow: Any) -> None:
    """A rebinding server answers differently the second time; there is no second time."""
    allow("10.1.0.0/16")
    answers = iter(["10.1.0.9", "169.254.169.254"])

    def rebinding(host: str, *_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]

    found = addresses.resolve("core.example", (1710,), within=5, resolver=rebinding)
    assert found == "10.1.0.9"
    with pytest.raises(Failure, match="link-local"):
        addresses.resolve("core.example", (1710,), within=5, resolver=rebinding)


def test_a_name_that_leads_to_this_machine_is_refused(allow: Any) -> None:
    allow(*ALL)
    assert "this machine itself" in refusal("localhost")


def test_a_name_without_an_address_is_unreachable(allow: Any) -> None:
    allow(*ALL)
    with pytest.raises(Failure) as caught:
        addresses.resolve("no-such-host.invalid", (1,), within=5)
    assert caught.value.code is Code.UNREACHABLE


def test_registration_checks_literals_and_leaves_names_for_later(allow: Any) -> None:
    allow("10.1.0.0/16")
    addresses.screen("core.example", (1710,))
    with pytest.raises(Failure):
        addresses.screen("10.2.0.1", (1710,))


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8:0", "x:1", "10.0.0.0/8:1|"]
)
def test_a_wrong_entry_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="DEVICE_NETWORKS"):
        addresses.parsed((entry,))
