"""How a Core is reached is said by operations, checked before it is kept, and takes effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code
from apps.operations.outcome import Outcome, Status
from apps.qsys.models import Core, CoreEnd
from apps.qsys.simulator import CoreHost
from tests.support import factories
from tests.unit.qsys.operations.test_reading import refusal

pytestmark = pytest.mark.django_db(transaction=True)
Calling = Callable[..., Outcome]
NEW, OLD = "ab" * 32, "cd" * 32


@pytest.fixture
def engineer(device: Device) -> Actor:
    return factories.actor_of("engineer", device.tenant)


def link_count(device: Device) -> int:
    return Core.system.get(device=device).link


def test_a_partner_is_named_and_taken_away(
    call: Calling, device: Device, engineer: Actor, settings: Any
) -> None:
    networks = (*settings.CONFIG.device_networks, "127.0.0.2/32:1710")
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": networks})
    out = call("qsys.core.link", by=engineer, partner_address="127.0.0.2").output
    assert [(end["side"], end["address"]) for end in out["ends"]] == [
        ("main", "127.0.0.1"), ("partner", "127.0.0.2"),
    ]  # fmt: skip
    assert link_count(device) == 1
    assert len(call("qsys.core.link", by=engineer, partner_address="").output["ends"]) == 1
    assert not CoreEnd.objects.filter(side="partner").exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "changes nothing"),
        ({"partner_address": "10.99.0.1"}, "DEVICE_NETWORKS"),
        ({"partner_address": "169.254.169.254"}, "link-local"),
        ({"partner_ports": {"qrc": 1711}}, "partner_address"),
        ({"ca_pem": "not a certificate"}, "BEGIN CERTIFICATE"),
        ({"transport": "qrwcs"}, "DEVICE_NETWORKS"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    call: Calling, device: Device, engineer: Actor, wrong: dict[str, Any], words: str
) -> None:
    failure = refusal(call, "qsys.core.link", by=engineer, **wrong)
    assert failure.code is Code.INVALID
    assert words in f"{failure.detail} {failure.errors}"
    assert not Core.system.filter(device=device, link__gt=0).exists()
    assert not CoreEnd.objects.exists()


def test_another_certificate_is_accepted_by_a_confirmed_call(
    call: Calling, device: Device, engineer: Actor
) -> None:
    CoreEnd.objects.create(device=device, side="main", pinned=OLD, seen=NEW)
    asked = call("qsys.core.trust", by=engineer)
    assert asked.status is Status.NEEDS_CONFIRMATION
    assert (asked.plan.changes[0].before, asked.plan.changes[0].after) == (OLD, NEW)
    assert CoreEnd.objects.get().pinned == OLD
    out = call("qsys.core.trust", by=engineer, _confirmation=asked.confirmation).output
    assert (out["before"], out["after"]) == (OLD, NEW)
    end = CoreEnd.objects.get()
    assert (end.pinned, end.seen) == (NEW, "")
    row = AuditLog.system.filter(operation="qsys.core.trust", entry="outcome").latest("at")
    assert row.after == {"fingerprint": NEW}


def test_an_operator_may_not_change_whom_we_trust(call: Calling, device: Device) -> None:
    CoreEnd.objects.create(device=device, side="main", pinned=OLD, seen=NEW)
    assert refusal(call, "qsys.core.trust").code is Code.FORBIDDEN
    assert refusal(call, "qsys.core.link", transport="qrc").code is Code.FORBIDDEN
    assert CoreEnd.objects.get().pinned == OLD


def test_a_connection_is_told_and_made_anew(call: Calling, device: Device, host: CoreHost) -> None:
    out = call("qsys.core.connection").output
    assert (out["liveness"], out["group_budget"], out["pair"]) == ("never", 8, "")
    call("qsys.core.status")
    (before,) = host.core.peers
    assert call("qsys.core.reconnect").output["within_seconds"] == 8
    call("qsys.core.status")
    assert before not in host.core.peers
    assert link_count(device) == 1
