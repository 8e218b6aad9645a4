"""The same operations by every transport; a certificate is pinned at first sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet import loop as device_loop
from apps.fleet import sessions
from apps.fleet.models import Device
from apps.fleet.services import credential_set
from apps.kernel.errors import Code
from apps.operations.outcome import Outcome
from apps.qsys.models import Core as CoreRow
from apps.qsys.models import CoreEnd, Transport
from apps.qsys.simulator import Core, CoreHost, demo_design
from apps.qsys.simulator.certificate import self_signed
from tests.unit.qsys.operations.test_reading import refusal

#: A certificate is pinned from another thread, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)

Calling = Callable[..., Outcome]
GAIN = {"component": "Lobby Gain", "control": "gain"}
FACES = {Transport.QRC: "qrc", Transport.QRWC: "ws", Transport.QRWCS: "wss"}


@pytest.fixture
def core() -> Core:
    return Core(demo_design(60, 2))


@pytest.fixture
def host(core: Core) -> Iterator[CoreHost]:
    """A Core with all its doors open."""
    made = CoreHost(core, "127.0.0.1", ports={"qrc": 0, "ws": 0, "wss": 0})
    device_loop.run(made.listen())
    yield made
    device_loop.run(made.stop())
    sessions.stop()


def use(device: Device, transport: str, **fields: Any) -> None:
    CoreRow.system.update_or_create(device=device, defaults={"transport": transport, **fields})


def faces_used(host: CoreHost) -> set[str]:
    return {one.face for one in host.core.history}


@pytest.mark.parametrize("transport", FACES)
def test_the_same_operations_work_by_every_transport(
    call: Calling, device: Device, host: CoreHost, transport: str
) -> None:
    use(device, transport)
    assert call("qsys.core.status").output["state"] == "Active"
    assert call("qsys.component.list", contains="lobby").output["total"] == 1
    out = call("qsys.control.set", **GAIN, value=-12.5).output
    assert (out["before"]["value"], out["after"]["value"], out["confirmed"]) == (-20, -12.5, True)
    (read,) = call("qsys.control.get", component="Lobby Gain", controls=["gain"]).output["controls"]
    assert read["string"] == "-12.5dB"
    assert faces_used(host) == {FACES[transport]}


@pytest.mark.parametrize("transport", FACES)
def test_a_pin_logs_on_by_every_transport(
    call: Calling, device: Device, host: CoreHost, transport: str
) -> None:
    host.core.users["plane"] = "1234"
    use(device, transport)
    refused = refusal(call, "qsys.core.status")
    assert refused.code is Code.DEVICE_REJECTED
    assert "fleet.credential.set" in refused.detail
    credential_set(device, {"username": "plane", "pin": "1234"})
    assert call("qsys.core.status").output["state"] == "Active"


def test_an_api_key_opens_a_websocket(call: Calling, device: Device, host: CoreHost) -> None:
    host.core.api_keys = frozenset({"k-1"})
    credential_set(device, {"api_key": "k-1"})
    assert call("qsys.core.status").output["state"] == "Active"
    assert faces_used(host) == {"wss"}


def test_where_qrc_is_refused_the_secure_websocket_is_taken(
    call: Calling, device: Device, host: CoreHost
) -> None:
    close_door(host, "qrc")
    assert call("qsys.core.status").output["state"] == "Active"
    assert faces_used(host) == {"wss"}


def test_a_port_that_is_not_allowed_is_not_tried(
    call: Calling, device: Device, host: CoreHost, settings: Any
) -> None:
    close_door(host, "qrc")
    entry = f"127.0.0.1/32:{host.ports['qrc']}|{host.ports['ws']}"
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": (entry,)})
    Device.system.filter(id=device.id).update(ports={"qrc": host.ports["qrc"]})
    use(device, Transport.QRWCS)
    assert "DEVICE_NETWORKS" in refusal(call, "qsys.core.status").detail
    assert not host.core.history


def close_door(host: CoreHost, face: str) -> None:
    """Nobody listens at one of the ports any more."""
    port = host.ports[face]

    async def close() -> None:
        for server in host._servers:
            if any(one.getsockname()[1] == port for one in server.sockets):
                server.close()

    device_loop.run(close())


# -- trust


def pinned(device: Device) -> tuple[str, str]:
    end = CoreEnd.objects.get(device=device, side="main")
    return end.pinned, end.seen


def test_the_first_certificate_is_pinned_and_written_down_once(
    call: Calling, device: Device, host: CoreHost
) -> None:
    use(device, Transport.QRWCS)
    for _ in range(3):
        call("qsys.core.status")
        sessions.drop(device)
    fingerprint = host.certificate.fingerprint
    assert pinned(device) == (fingerprint, "")
    (row,) = AuditLog.system.filter(operation="qsys.certificate.pin")
    assert (row.actor_label, row.verdict, row.after) == (
        "system:qsys", "pinned", {"fingerprint": fingerprint},
    )  # fmt: skip
    (event,) = Outbox.objects.filter(type="qsys.certificate.pinned")
    assert event.payload["fingerprint"] == fingerprint


def test_another_certificate_is_refused_before_the_pin_leaves_and_told_once(
    call: Calling, device: Device, host: CoreHost
) -> None:
    use(device, Transport.QRWCS)
    credential_set(device, {"username": "plane", "pin": "1234"})
    CoreEnd.objects.create(device=device, side="main", pinned="00" * 32)
    for _ in range(3):
        refused = refusal(call, "qsys.core.status")
        assert refused.code is Code.DEVICE_REJECTED
        assert "qsys.core.trust" in refused.detail
        assert host.certificate.fingerprint in refused.detail
    assert not host.core.counts
    assert pinned(device) == ("00" * 32, host.certificate.fingerprint)
    (event,) = Outbox.objects.filter(type="qsys.certificate.refused")
    assert (event.payload["fingerprint"], event.payload["pinned"]) == (
        host.certificate.fingerprint, "00" * 32,
    )  # fmt: skip
    assert AuditLog.system.filter(operation="qsys.certificate.pin", entry="denied").count() == 1


def test_an_authority_is_trusted_instead_of_a_pin(
    call: Calling, device: Device, host: CoreHost
) -> None:
    use(device, Transport.QRWCS, ca_pem=host.certificate.pem)
    assert call("qsys.core.status").output["state"] == "Active"
    assert not CoreEnd.objects.exists()
    use(device, Transport.QRWCS, ca_pem=self_signed("127.0.0.1").pem)
    assert "is not trusted" in refusal(call, "qsys.core.status").detail
