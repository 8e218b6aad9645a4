"""A Core's certificate is trusted by its fingerprint or an authority, or not at all."""

from __future__ import annotations

import pytest

from apps.qsys.client import QrwcTransport, QsysRefused, QsysSession, QsysUnreachable, Trust
from apps.qsys.simulator import CoreHost, running_core
from apps.qsys.simulator.certificate import self_signed


async def state_with(host: CoreHost, trust: Trust) -> str:
    """Connect under a trust and ask for the state."""
    transport = QrwcTransport(host.address, host.ports["wss"], trust=trust)
    async with QsysSession(transport) as session:
        return (await session.status()).state


async def test_the_pinned_fingerprint_opens() -> None:
    async with running_core() as host:
        pin = host.certificate.fingerprint
        with_colons = ":".join(pin[n : n + 2] for n in range(0, 64, 2)).upper()
        assert await state_with(host, Trust(pin)) == "Active"
        assert await state_with(host, Trust(with_colons)) == "Active"


async def test_an_authority_opens() -> None:
    async with running_core() as host:
        assert await state_with(host, Trust(ca_pem=host.certificate.pem)) == "Active"


async def test_another_certificate_is_refused_before_a_byte_of_ours_leaves() -> None:
    async with running_core() as host:
        with pytest.raises(QsysRefused, match="pin the new fingerprint"):
            await state_with(host, Trust("00" * 32))
        with pytest.raises(QsysRefused, match="is not trusted"):
            await state_with(host, Trust(ca_pem=self_signed(host.address).pem))
        with pytest.raises(QsysRefused, match="is not trusted"):
            await state_with(host, Trust())
        assert not host.core.counts


async def test_the_name_in_the_certificate_must_match_unless_pinned() -> None:
    async with running_core() as host:
        elsewhere = Trust(ca_pem=host.certificate.pem, server_name="core.example")
        with pytest.raises(QsysRefused, match="is not trusted"):
            await state_with(host, elsewhere)
        pinned = Trust(host.certificate.fingerprint, server_name="core.example")
        assert await state_with(host, pinned) == "Active"


async def test_plain_text_on_the_secure_port_is_unreachable() -> None:
    async with running_core() as host:
        with pytest.raises(QsysUnreachable) as caught:
            await QsysSession(QrwcTransport(host.address, host.ports["wss"])).open(timeout=2)
        assert not caught.value.sent


@pytest.mark.parametrize("pin", ["", "abc", "zz" * 32, "00" * 31])
def test_an_impossible_fingerprint_is_refused(pin: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        Trust(pin)


async def test_a_wrong_path_explains_what_to_enable() -> None:
    async with running_core() as host:
        transport = QrwcTransport(host.address, host.ports["ws"], path="/other")
        with pytest.raises(QsysUnreachable, match=r"HTTP 404.*enabled"):
            await QsysSession(transport).open()


async def test_the_older_path_is_served_too() -> None:
    async with running_core() as host:
        transport = QrwcTransport(host.address, host.ports["ws"], path="/qrc")
        async with QsysSession(transport) as session:
            assert (await session.status()).state == "Active"
            assert session.peer.endswith("/qrc")
