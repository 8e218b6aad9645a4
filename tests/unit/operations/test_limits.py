"""A caller never gets more than its rate and burst allow, and hears when to come again."""

from collections.abc import Iterator

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from apps.accounts.models import Tenant
from apps.kernel.actor import Actor, system_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey
from apps.operations import limits
from apps.operations.call import Receipt
from apps.operations.core import Danger, weight_of
from apps.operations.limits import HEAVIEST, Rate
from tests.support import factories
from tests.support.verbs import World

KEY = "cp:rate:property"


@pytest.fixture
def bucket() -> Iterator[str]:
    valkey().delete(KEY)
    yield KEY
    valkey().delete(KEY)


@pytest.fixture
def slow(settings: Settings) -> None:
    """One call a minute, five at once: nothing comes back during a test."""
    settings.CONFIG = factories.config(
        api_rate_limit_rpm=1, api_rate_limit_burst=5, mcp_rate_limit_rpm=1, mcp_rate_limit_burst=5
    )


def asked(weight: int, rate: Rate, key: str) -> bool:
    return bool(taken(key, rate, weight, weight, weight))


def taken(key: str, rate: Rate, most: int, needed: int, least: int) -> int:
    """How many tokens the script gave."""
    numbers = (rate.step, rate.burst, most, needed, least)
    return int(valkey().eval(limits._SCRIPT, 1, key, *numbers)[0])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    weights=st.lists(st.sampled_from([1, 2, 5]), min_size=1, max_size=40), burst=st.integers(5, 30)
)
def test_never_more_than_the_burst_at_once(bucket: str, weights: list[int], burst: int) -> None:
    valkey().delete(bucket)
    rate = Rate(per_minute=1, burst=burst)
    spent, refusals = 0, 0
    for weight in weights:
        if asked(weight, rate, bucket):
            spent += weight
        else:
            refusals += 1
            assert spent + weight > burst, "nobody is refused while tokens are left"
    assert spent <= burst
    assert refusals == 0 or sum(weights) > burst


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(calls=st.integers(1, 60), burst=st.integers(1, 10))
def test_never_more_than_burst_and_what_came_back(bucket: str, calls: int, burst: int) -> None:
    valkey().delete(bucket)
    rate = Rate(per_minute=60_000, burst=burst)
    start = server_time()
    passed = sum(asked(1, rate, bucket) for _ in range(calls))
    elapsed = server_time() - start
    assert passed <= burst + elapsed / rate.step + 1


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    asks=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 10)), max_size=20),
    burst=st.integers(5, 60),
)
def test_batches_never_pass_the_burst_and_spare_ones_come_last(
    bucket: str, asks: list[tuple[int, int]], burst: int
) -> None:
    valkey().delete(bucket)
    rate, left = Rate(per_minute=1, burst=burst), burst
    for needed, spare in asks:
        got = taken(bucket, rate, needed + spare, needed, 1)
        assert got == (needed + spare if needed + spare <= left else min(needed, left))
        left -= got
    assert left >= 0


def server_time() -> float:
    seconds, micros = valkey().time()
    return float(seconds) + float(micros) / 1_000_000


def test_heaviest_call_fits_into_the_smallest_burst() -> None:
    assert max(weight_of(danger) for danger in Danger) == HEAVIEST
    with pytest.raises(ValueError, match="burst"):
        type(factories.config()).model_validate({"mcp_rate_limit_burst": HEAVIEST - 1})


def test_refused_caller_hears_when_to_come_again(world: World, tenant: Tenant, slow: None) -> None:
    operator = factories.actor_of("operator", tenant)
    for _ in range(2):
        world.call("test.note.write", {}, operator)
    with pytest.raises(Failure) as caught:
        world.call("test.note.write", {}, operator)
    assert caught.value.code is Code.RATE_LIMITED
    assert caught.value.retry_after == pytest.approx(60, abs=5)
    assert len(world.done) == 2


def test_callers_do_not_share_a_bucket(world: World, tenant: Tenant, slow: None) -> None:
    for _ in range(3):
        operator = factories.actor_of("operator", tenant)
        world.call("test.note.write", {}, operator)
        world.call("test.note.write", {}, operator)
    assert len(world.done) == 6


def test_agents_share_one_where_the_setting_says_so(
    world: World, tenant: Tenant, settings: Settings
) -> None:
    settings.CONFIG = factories.config(
        mcp_rate_limit_rpm=1, mcp_rate_limit_burst=5, mcp_rate_limit_per_client=False
    )
    valkey().delete("cp:rate:agents")
    for _ in range(2):
        world.call("test.note.write", {}, factories.actor_of("agent", tenant))
    with pytest.raises(Failure) as caught:
        world.call("test.note.write", {}, factories.actor_of("agent", tenant))
    assert caught.value.code is Code.RATE_LIMITED
    valkey().delete("cp:rate:agents")


def test_receipt_of_the_face_is_not_charged_twice(world: World, tenant: Tenant, slow: None) -> None:
    operator = factories.actor_of("operator", tenant)
    for _ in range(5):
        world.call("test.note.write", {}, operator, receipt=Receipt(2))
    assert len(world.done) == 5


def test_plan_costs_one(world: World, tenant: Tenant, slow: None) -> None:
    operator = factories.actor_of("operator", tenant)
    data = {"devices": [str(factories.device(tenant).id)]}
    for _ in range(3):
        world.call("test.unit.reboot", data, operator)
    for _ in range(2):
        world.call("test.unit.reboot", data, operator, dry_run=True)
    with pytest.raises(Failure):
        world.call("test.unit.reboot", data, operator)


def test_work_nobody_asked_for_is_not_limited(slow: None) -> None:
    for _ in range(20):
        limits.spend(system_actor("tick"), 5, dangerous=True)


class Away:
    """A server that is not there."""

    def eval(self, *_: object) -> None:
        raise redis.ConnectionError("refused")


def test_without_valkey_only_dangerous_calls_wait(
    world: World, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "valkey", Away)
    operator: Actor = factories.actor_of("operator", tenant)
    assert world.call("test.note.write", {}, operator).status == "ok"
    data = {"devices": [str(factories.device(tenant).id)]}
    with pytest.raises(Failure) as caught:
        world.call("test.unit.reboot", data, operator)
    assert caught.value.code is Code.BUSY
    assert caught.value.retry_after == 5
