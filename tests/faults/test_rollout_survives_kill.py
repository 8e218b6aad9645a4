"""Whoever carries a rollout dies, or freezes: no phase is skipped, nothing is done twice."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet import sessions
from apps.fleet.models import Device
from apps.fleet.models.rollout import Phase, Rollout
from apps.kernel.actor import Actor
from apps.kernel.crashpoints import KILLED
from apps.miners.simulator import SimulatedMiner
from tests.support import factories
from tests.support.engines import until
from tests.support.minersite import (
    MinerSite,
    call,
    confirmed,
    entries_of,
    image_of,
    images_taken,
    miner_site,
    registered,
    standing,
)
from tests.support.nursery import Nursery, nursery

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

SOAK_SECONDS = 4
#: Every move of a rollout of two phases, in order; a worker dies at each before it is committed.
MOVES = (
    "fleet.phase.running",
    "fleet.rollout.accepted",
    "miners.firmware.sent",
    "fleet.phase.soaking",
    "fleet.phase.passed",
    "fleet.rollout.accepted",
    "miners.firmware.verifying",
    "fleet.phase.passed",
    "fleet.rollout.succeeded",
)


@pytest.fixture
def site() -> Iterator[MinerSite]:
    with miner_site() as made:
        yield made
        sessions.stop()


@pytest.fixture
def tenant() -> Tenant:
    return factories.tenant()


@pytest.fixture
def engineer(tenant: Tenant) -> Actor:
    return factories.actor_of("engineer", tenant)


@pytest.fixture
def pairs(site: MinerSite, tenant: Tenant, settings: Any) -> list[tuple[SimulatedMiner, Device]]:
    miners = [site.miner(number) for number in (1, 2)]
    settings.CONFIG = settings.CONFIG.model_copy(update={"device_networks": entries_of(*miners)})
    return [(miner, registered(tenant, miner)) for miner in miners]


@pytest.fixture(scope="module")
def home(django_db_setup: None) -> Iterator[Nursery]:
    with nursery(firmware_soak_seconds=0, device_lease_seconds=3) as made:
        yield made


@pytest.fixture
def rollout(
    home: Nursery,
    pairs: list[tuple[SimulatedMiner, Device]],
    engineer: Actor,
    tenant: Tenant,
    settings: Any,
) -> UUID:
    """A started rollout of two phases, a miner each."""
    home.config["device_networks"] = settings.CONFIG.device_networks
    made = call(
        engineer,
        "fleet.rollout.create",
        {
            "name": "Spring",
            "operation": "miners.firmware.upgrade",
            "input": {"image": str(image_of(tenant).id)},
            "devices": [str(device.id) for _, device in pairs],
            "phases": [
                # A device being asked after a death counts as bad: no rule may stop at that here.
                {"name": "canary", "size": 1, "soak_seconds": SOAK_SECONDS, "abort": []},
                {"name": "rest", "abort": []},
            ],
        },
        key="make",
    ).output
    assert made is not None
    confirmed(engineer, "fleet.rollout.start", {"rollout": made["rollout"]})
    return UUID(made["rollout"])


def test_killed_at_every_move_no_phase_is_skipped_and_the_soak_goes_on(
    home: Nursery, rollout: UUID, pairs: list[tuple[SimulatedMiner, Device]]
) -> None:
    soaks = set()
    for point in MOVES:
        assert home.work(crash_at=point).wait() == KILLED
        soaks.add(Phase.objects.get(rollout_id=rollout, number=first(rollout)).soak_until)
    last = home.work()
    try:
        until(lambda: Rollout.system.get(id=rollout).state == "succeeded", 30, standing)
    finally:
        last.kill()
    assert len(soaks - {None}) == 1, "the soak began anew"
    require_whole(rollout, pairs)


def test_a_frozen_worker_wakes_to_find_its_hold_over_and_sends_nothing(
    home: Nursery, rollout: UUID, pairs: list[tuple[SimulatedMiner, Device]]
) -> None:
    """Its half-sent image keeps the miner busy until it wakes; its successor sends it whole."""
    miner, device = pairs[0]
    frozen = home.work()
    until(lambda: bool(miner.state.history.entries("upload_begun")), 30, standing)
    os.kill(frozen.pid, signal.SIGSTOP)
    other = home.work()
    try:
        until(lambda: "reconciling" in verdicts(device), 30, standing)
        os.kill(frozen.pid, signal.SIGCONT)
        until(lambda: Rollout.system.get(id=rollout).state == "succeeded", 60, standing)
        for miner, device in pairs:
            intents = verdicts(device).count("sending")
            assert len(miner.state.history.entries("upload_begun")) <= intents
    finally:
        other.kill()
        frozen.kill()
    require_whole(rollout, pairs)


def first(rollout: UUID) -> int:
    """The number of the canary's phase."""
    number: int = Phase.objects.filter(rollout_id=rollout).order_by("number")[0].number
    return number


def verdicts(device: Device) -> list[str]:
    """The moves of a device's target, in order."""
    rows = AuditLog.system.filter(entry="transition", device_id=device.id)
    return list(rows.order_by("id").values_list("verdict", flat=True))


def phase_of(row: AuditLog) -> int | None:
    """The phase that a move is about; none where it is the rollout's own."""
    return dict(row.after or {}).get("phase")


def require_whole(rollout: UUID, pairs: list[tuple[SimulatedMiner, Device]]) -> None:
    """Each move once and in order, the soak in full, the second miner after it, an image each."""
    rows = AuditLog.system.filter(entry="transition", object_kind="rollout", object_id=rollout)
    told = [
        (dict(row.after or {}).get("phase"), row.verdict, row.at) for row in rows.order_by("id")
    ]
    canary, rest = (
        phase.number for phase in Phase.objects.filter(rollout_id=rollout).order_by("number")
    )
    assert [(phase, verdict) for phase, verdict, _ in told][-8:] == [
        (None, "running"),
        (canary, "running"),
        (canary, "soaking"),
        (canary, "passed"),
        (rest, "running"),
        (rest, "soaking"),
        (rest, "passed"),
        (None, "succeeded"),
    ]
    moments = {(phase, verdict): at for phase, verdict, at in told}
    soak = moments[canary, "passed"] - moments[canary, "soaking"]
    assert soak.total_seconds() >= SOAK_SECONDS - 0.1
    begun = pairs[1][0].state.history.entries("upload_begun")[0]["at"]
    assert datetime.fromisoformat(str(begun)) > moments[canary, "passed"]
    assert [images_taken(miner) for miner, _ in pairs] == [1, 1]
