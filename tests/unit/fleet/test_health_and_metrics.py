from datetime import timedelta
from typing import Any

import pytest
import redis

from apps.fleet import beats, breaker, health, metrics
from apps.fleet.models import AlertRound, Delivery, Device, DeviceState, DeviceStatus, Route
from apps.fleet.shardkeys import ShardKey
from apps.kernel import clock
from apps.operations.health import Health
from tests.support import factories
from tests.unit.fleet.support import EchoPoller


@pytest.fixture
def two(db: None, poller: EchoPoller) -> list[Device]:
    tenant = factories.tenant()
    made = [factories.device(tenant, driver="echo", shard=shard) for shard in (0, 1)]
    DeviceState.objects.bulk_create(DeviceState(device=one, liveness="ok") for one in made)
    return made


def gauges() -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels["driver"]): sample.value
        for family in metrics.collect()
        for sample in family.samples
    }


def test_shards_nobody_polls_are_named(two: list[Device]) -> None:
    found = health.pollers()
    assert found.status is Health.ERROR
    assert "echo/0, echo/1" in found.detail
    beats.write(ShardKey("echo", 0, 1))
    found = health.pollers()
    assert found.status is Health.DEGRADED
    assert "echo/1" in found.detail
    assert "echo/0" not in found.detail
    beats.write(ShardKey("echo", 1, 1))
    assert health.pollers().status is Health.OK


def test_an_old_heartbeat_is_as_good_as_none(
    two: list[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (0, 1):
        beats.write(ShardKey("echo", number, 1))
    moment = beats.now()
    monkeypatch.setattr(beats, "now", lambda: moment + 11)
    assert health.pollers().status is Health.ERROR


def test_nothing_to_poll_is_well(db: None) -> None:
    assert health.pollers().status is Health.OK
    assert health.devices().status is Health.OK


def test_silent_devices_degrade(two: list[Device]) -> None:
    assert health.devices().status is Health.OK
    DeviceState.objects.filter(device=two[0]).update(liveness="lost")
    found = health.devices()
    assert found.status is Health.DEGRADED
    assert (found.data["lost"], found.data["ok"]) == (1, 1)
    Device.system.filter(id=two[0].id).update(status=DeviceStatus.DECOMMISSIONED)
    assert health.devices().status is Health.OK


def test_gauges_count_by_driver(two: list[Device]) -> None:
    DeviceState.objects.filter(device=two[0]).update(liveness="stale")
    for _ in range(5):
        breaker.polled(two[0].id, ok=False)
    found = gauges()
    assert found["device_up", "echo"] == 1
    assert found["device_stale", "echo"] == 1
    assert found["device_lost", "echo"] == 0
    assert found["device_breaker_open", "echo"] == 1


def test_gauges_name_no_tenant_and_no_device(two: list[Device]) -> None:
    labels = [sample.labels for family in metrics.collect() for sample in family.samples]
    assert labels
    assert all(set(one) == {"driver"} for one in labels)


def test_a_scrape_without_valkey_still_counts_devices(
    two: list[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        return redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)

    monkeypatch.setattr(breaker, "valkey", away)
    found = gauges()
    assert found["device_up", "echo"] == 2
    assert ("device_breaker_open", "echo") not in found


def test_alerts_that_nobody_looks_at_degrade(db: None) -> None:
    assert health.alerts().status is Health.OK
    row = AlertRound.objects.create(tenant_id=factories.tenant().id, looked_at=clock.now())
    assert health.alerts().status is Health.OK
    row.looked_at = clock.now() - timedelta(seconds=health.LOOKED_WITHIN + 1)
    row.save()
    assert health.alerts().detail == "Nobody looks for what is wrong."


def test_messages_that_were_given_up_degrade_for_a_day(db: None) -> None:
    tenant = factories.tenant()
    route = Route.system.create(tenant_id=tenant.id, name="Desk", channel="email", sealed=b"")
    row = Delivery.system.create(
        tenant_id=tenant.id, route=route, state="dead", due_at=clock.now(), ended_at=clock.now()
    )
    found = health.alerts()
    assert (found.status, found.detail[:2]) == (Health.DEGRADED, "1 ")
    row.ended_at = clock.now() - timedelta(days=2)
    row.save()
    assert health.alerts().status is Health.OK
