"""What a miner's parts are worth an alert for, and what explains one."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.alerts.rules import Measured
from apps.fleet.models import Device
from apps.miners.alerts import ALERT_RULES, MUTED_BY
from apps.miners.alerts.parts import chips_missing, fans_standing, pools_dead
from apps.miners.models import CurtailedMiner, Curtailment, Miner
from tests.support import factories
from tests.unit.miners.test_alerts import NOW, seen

RULES = {rule.name: rule for rule in ALERT_RULES}


def board(number: int, chips: int | None, *, enabled: bool = True) -> dict[str, Any]:
    return {"id": str(number), "chips": chips, "enabled": enabled}


@pytest.mark.parametrize(
    ("boards", "missing"),
    [
        ([board(1, 126), board(2, 126), board(3, 126)], 0),
        ([board(1, 126), board(2, 124), board(3, 120)], 8),
        ([board(1, 126), board(2, 120, enabled=False), board(3, 126)], 0),
        ([board(1, 126), board(2, None), board(3, 125)], 1),
        ([board(1, 126)], None),
        ([], None),
    ],
)
def test_chips_are_missed_beside_the_fullest_board(
    boards: list[dict[str, Any]], missing: int | None
) -> None:
    found = chips_missing({"boards": boards})
    assert (found and found[0]) == missing


@pytest.mark.parametrize(
    ("speeds", "standing"),
    [([4_000, 0, 3_900], 1), ([4_000, 4_000], 0), ([0, 0], None), ([], None), ([None, 4_000], 0)],
)
def test_fans_stand_still_while_others_turn(speeds: list[int | None], standing: int | None) -> None:
    fans = [{"position": place, "rpm": rpm} for place, rpm in enumerate(speeds)]
    found = fans_standing({"fans": fans})
    assert (found and found[0]) == standing


def test_only_enabled_pools_can_be_dead() -> None:
    pools = [
        {"url": "stratum+tcp://one", "enabled": True, "alive": False},
        {"url": "stratum+tcp://two", "enabled": True, "alive": True},
        {"url": "stratum+tcp://three", "enabled": False, "alive": False},
    ]
    assert pools_dead({"pools": pools}) == (
        1.0,
        "1 of 2 pools do not answer: stratum+tcp://one.",
    )
    assert pools_dead({"pools": pools[2:]}) is None


@pytest.fixture
def miner(tenant: Tenant) -> Device:
    device = factories.device(tenant, kind="miner", name="miner-7")
    parts = {"boards": [board(1, 126), board(2, 100)], "fans": [], "pools": []}
    Miner.system.create(device=device, parts=parts, parts_at=NOW)
    return device


def read(rule: str, *devices: Any) -> list[Measured]:
    return list(RULES[rule].read(devices, NOW))


@pytest.mark.django_db
def test_parts_speak_while_they_are_fresh_and_the_miner_mines(miner: Device) -> None:
    found = read("miners.chip.missing", seen(miner))
    assert [(one.value, one.note, one.device_id) for one in found] == [
        (26.0, "Missing chips: 26 of board 2.", miner.id)
    ]
    assert read("miners.chip.missing", seen(miner, status="paused")) == []
    assert read("miners.chip.missing", seen(miner, liveness="stale")) == []
    Miner.system.update(parts_at=NOW - timedelta(minutes=6))
    assert read("miners.chip.missing", seen(miner)) == []


@pytest.mark.django_db
def test_heat_and_licence_are_read_of_the_summary(miner: Device) -> None:
    assert [one.value for one in read("miners.chip.hot", seen(miner, chip_c=91.4))] == [91.4]
    assert read("miners.chip.hot", seen(miner, chip_c=None)) == []
    held = read("miners.licence.restricted", seen(miner, status="restricted"))
    assert [one.value for one in held] == [1.0]
    assert [one.value for one in read("miners.licence.restricted", seen(miner))] == [0.0]


@pytest.mark.django_db
def test_curtailment_explains_what_follows_from_it(miner: Device) -> None:
    event = Curtailment.system.create(
        tenant_id=miner.tenant_id,
        name="an hour less",
        site_path="/",
        mode="reduce",
        target_watts=1_000,
        state="holding",
        created_by="engineer",
        starter={},
        face="rest",
    )
    CurtailedMiner.system.create(
        curtailment=event, device=miner, place=0, state="confirmed", watts_before=3_000
    )
    (mute,) = MUTED_BY
    assert mute.devices(miner.tenant_id) == {miner.id: "Curtailment an hour less has it paused."}
    assert mute.covers("miners.hashrate.low")
    assert not mute.covers("miners.chip.hot")
