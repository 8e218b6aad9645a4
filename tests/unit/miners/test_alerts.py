"""What a miner's rules read of what its poller keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.alerts.engine import look
from apps.fleet.alerts.rules import Measured, Seen
from apps.fleet.models import Alert, AlertSetting, Circuit, Device, DeviceState
from apps.kernel.clock import ManualClock
from apps.kernel.partitions import ensure
from apps.kernel.valkey import valkey
from apps.miners.alerts.mining import circuit_watts, hashrate_share, shared_place, usual_now
from apps.miners.models import MinerSample
from apps.miners.models.sample import SAMPLES
from tests.support import factories

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
OVER = "miners.circuit.over"


def seen(device: Device, *, liveness: str = "ok", **summary: Any) -> Seen:
    usual = {"status": "normal", "uptime_s": 86_400, "power_target_watts": 3_000}
    return Seen(
        id=device.id,
        tenant_id=device.tenant_id,
        name=device.name,
        kind="miner",
        site_path=device.site_path,
        circuit=device.circuit,
        liveness=liveness,
        reason="",
        seen_at=NOW,
        summary={**usual, **summary},
    )


@pytest.fixture
def miner(tenant: Tenant) -> Device:
    """One that has hashed 100 TH/s at 3,000 W for a day, but for one bad hour."""
    valkey().flushdb()
    ensure(SAMPLES)
    device = factories.device(tenant, kind="miner", name="miner-7")
    MinerSample.objects.bulk_create(
        MinerSample(
            device_id=device.id,
            at=NOW - timedelta(hours=hour) + timedelta(seconds=15),
            terahash=5.0 if hour == 4 else 100.0,
            watts=3_000,
            accepted=1,
            rejected=0,
        )
        for hour in range(1, 25)
    )
    return device


def share(one: Seen) -> float | None:
    found: list[Measured] = list(hashrate_share([one], NOW))
    return found[0].value if found else None


@pytest.mark.parametrize(
    ("summary", "percent"),
    [
        ({"terahash_15m": 100.0}, 100),
        ({"terahash_15m": 60.0}, 60),
        ({"terahash_15m": 50.0, "power_target_watts": 1_500}, 100),
        ({"terahash_15m": 60.0, "power_target_watts": None}, 60),
        ({"terahash_15m": 60.0, "power_target_watts": 9_000}, 60),
        ({"terahash_15m": 0.0, "status": "paused"}, None),
        ({"terahash_15m": 60.0, "uptime_s": 600}, None),
        ({}, None),
    ],
)
def test_the_hash_rate_is_held_against_its_own_median(
    miner: Device, summary: dict[str, Any], percent: float | None
) -> None:
    assert share(seen(miner, **summary)) == percent


def test_a_silent_miner_or_a_new_one_has_no_share(miner: Device, tenant: Tenant) -> None:
    assert share(seen(miner, liveness="stale", terahash_15m=60.0)) is None
    new = factories.device(tenant, kind="miner")
    assert share(seen(new, terahash_15m=60.0)) is None
    assert usual_now([miner.id, new.id], NOW) == {str(miner.id): (100, 3_000)}


def test_a_circuit_is_the_sum_of_its_miners_wherever_they_stand(tenant: Tenant) -> None:
    rows = [
        factories.device(tenant, kind="miner", circuit="A3", site_path=f"/plant/hall/rack-{n}/")
        for n in range(2)
    ]
    apart = factories.device(tenant, kind="miner")
    devices = [*(seen(one, watts=3_000) for one in rows), seen(apart, watts=9_999)]
    (found,) = circuit_watts(devices, NOW)
    assert (found.value, found.subject, found.site_path) == (6_000, "A3", "/plant/hall/")
    assert not found.partial
    devices[1] = seen(rows[1], liveness="lost", watts=3_000)
    (found,) = circuit_watts(devices, NOW)
    assert (found.value, found.partial) == (3_000, True)


def test_a_circuit_has_its_own_limit_and_draws_nothing_without_miners(tenant: Tenant) -> None:
    for name, limit in (("A3", 5_000), ("A4", 9_000)):
        row = {"tenant_id": tenant.id, "path": "/plant/", "name": name, "limit_watts": limit}
        Circuit.system.create(**row, saved_by="admin")
    row = {"tenant_id": factories.tenant().id, "path": "/plant/", "name": "A5", "limit_watts": 1}
    Circuit.system.create(**row, saved_by="somebody else")
    miner = factories.device(tenant, kind="miner", circuit="A3")
    found = {one.subject: one for one in circuit_watts([seen(miner, watts=3_000)], NOW)}
    assert {name: (one.value, one.limit) for name, one in found.items()} == {
        "A3": (3_000, 5_000),
        "A4": (0, 9_000),
    }
    assert found["A3"].note == "3000 W of 1 of 1 miners on circuit A3, which may draw 5000 W."
    assert (found["A4"].site_path, found["A4"].partial) == ("/plant/", False)
    assert list(circuit_watts([], NOW)) == []


def test_over_its_limit_an_alert_fires_until_it_is_well_below(
    tenant: Tenant, clock: ManualClock
) -> None:
    """The rule's own threshold and what is set at the place do not count for it."""
    circuit = Circuit.system.create(
        tenant_id=tenant.id, path="/plant/", name="A3", limit_watts=6_000, saved_by="admin"
    )
    AlertSetting.system.create(
        tenant_id=tenant.id, rule=OVER, path="/plant/", raise_at=100, clear_at=90, raise_seconds=60
    )
    devices = [factories.device(tenant, kind="miner", circuit="A3") for _ in range(2)]

    def drawing(*watts: int) -> list[tuple[str, float]]:
        for device, each in zip(devices, watts, strict=False):
            state = {"liveness": "ok", "seen_at": clock.now(), "summary": {"watts": each}}
            DeviceState.objects.update_or_create(device=device, defaults=state)
        clock.advance(61)
        look(tenant.id)
        rows = Alert.system.filter(rule=OVER, subject="A3").order_by("pending_since")
        return [(one.state, one.threshold) for one in rows]

    assert drawing(3_000, 2_999) == []
    assert drawing(3_000, 3_000) == [("pending", 6_000)]
    assert drawing(3_000, 3_000) == [("firing", 6_000)]
    assert drawing(2_900, 2_950) == [("firing", 6_000)], "97 % of the limit and more"
    drawing(2_900, 2_900)
    assert drawing(2_900, 2_900) == [("resolved", 6_000)]
    Circuit.system.filter(id=circuit.id).update(limit_watts=5_000)
    drawing(2_900, 2_900)
    assert drawing(2_900, 2_900)[-1] == ("firing", 5_000)
    Device.system.filter(tenant=tenant).update(circuit="")
    drawing()
    assert drawing()[-1] == ("resolved", 5_000)


@pytest.mark.parametrize(
    ("paths", "place"),
    [
        (["/plant/a/", "/plant/a/"], "/plant/a/"),
        (["/plant/rack-1/", "/plant/rack-10/"], "/plant/"),
        (["/plant/", "/plant/a/"], "/plant/"),
        (["/north/", "/south/"], "/"),
    ],
)
def test_the_place_of_several_is_around_them_all(paths: list[str], place: str) -> None:
    assert shared_place(paths) == place
