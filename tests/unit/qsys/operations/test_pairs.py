"""Commands to a redundant pair reach the active Core, once, also while that changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from apps.audit.models import AuditLog
from apps.fleet import loop as device_loop
from apps.fleet import sessions
from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.kernel.valkey import valkey
from apps.operations.outcome import Outcome
from apps.operations.settle import settle_due
from apps.qsys.simulator import Core, CoreHost, Pair, demo_design
from tests.support.polling import allow, paired
from tests.support.qsys import until
from tests.unit.qsys.operations.test_reading import refusal

#: Calls are made from a thread beside the test, which sees committed rows only.
pytestmark = pytest.mark.django_db(transaction=True)

Calling = Callable[..., Outcome]
GAIN = {"component": "Lobby Gain", "control": "gain"}
SET = "Component.Set"


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two listening Cores; the first serves."""
    design = demo_design(60, 2)
    made = Pair(
        *(
            CoreHost(Core(design), address, ports={"qrc": 0})
            for address in ("127.0.0.1", "127.0.0.2")
        )
    )
    for host in made.hosts:
        device_loop.run(host.listen())
    yield made
    for host in made.hosts:
        device_loop.run(host.stop())
    sessions.stop()


@pytest.fixture
def device(settings: Any, pair: Pair) -> Device:
    """The pair's row, both addresses allowed."""
    valkey().flushdb()
    settings.CONFIG = settings.CONFIG
    allow(*pair.hosts)
    return paired(pair)


def values(pair: Pair) -> tuple[float, float]:
    first, second = (host.core.control("Lobby Gain", "gain").value for host in pair.hosts)
    return first, second


def sets(pair: Pair) -> tuple[int, int]:
    first, second = (host.core.counts[SET] for host in pair.hosts)
    return first, second


@pytest.fixture
def beside() -> Iterator[Callable[..., Future[Any]]]:
    """Runs a call in a thread beside the test."""
    with ThreadPoolExecutor(1) as threads:

        def run(work: Callable[..., Any], *arguments: Any, **members: Any) -> Future[Any]:
            def apart() -> Any:
                try:
                    return work(*arguments, **members)
                finally:
                    connection.close()

            return threads.submit(apart)

        yield run


def wait_for(condition: Callable[[], object]) -> None:
    device_loop.run(until(condition))


def test_a_set_goes_to_the_partner_when_it_serves(call: Calling, pair: Pair) -> None:
    device_loop.run(pair.switch_over())
    out = call("qsys.control.set", **GAIN, value=-12.5).output
    assert (out["after"]["value"], out["confirmed"]) == (-12.5, True)
    assert values(pair) == (-20.0, -12.5)
    assert sets(pair) == (0, 1)


def test_after_a_switch_over_the_next_call_goes_to_the_other(call: Calling, pair: Pair) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    device_loop.run(pair.switch_over())
    assert call("qsys.control.set", **GAIN, value=-7).output["before"]["value"] == -6
    assert call("qsys.core.status").output["state"] == "Active"
    assert sets(pair) == (1, 1)


def test_what_a_standby_core_refuses_is_done_by_the_active_one_once(
    call: Calling, pair: Pair
) -> None:
    """The switch is not yet told when the command arrives."""
    call("qsys.core.status")
    first, second = pair.hosts
    first.core.state, second.core.state = "Standby", "Active"
    out = call("qsys.control.set", **GAIN, value=-12.5).output
    assert out["confirmed"] is True
    assert values(pair) == (-20.0, -12.5)
    assert sets(pair) == (0, 1)


def test_a_command_during_the_switch_waits_for_who_serves(
    call: Calling, pair: Pair, beside: Callable[..., Future[Any]]
) -> None:
    call("qsys.core.status")
    switching = beside(device_loop.run, pair.switch_over(0.6))
    wait_for(lambda: pair.active() is None)
    out = call("qsys.control.set", **GAIN, value=-12.5).output
    assert out["confirmed"] is True
    assert values(pair) == (-20.0, -12.5)
    assert sets(pair) == (0, 1)
    switching.result()


@pytest.mark.parametrize(
    ("fault", "verdict", "value"), [("swallow", "ok", -6.0), ("ignore", "device_rejected", -20.0)]
)
def test_a_command_that_a_fail_over_swallows_is_settled_by_reading_back(
    call: Calling,
    pair: Pair,
    beside: Callable[..., Future[Any]],
    fault: str,
    verdict: str,
    value: float,
) -> None:
    first, _ = pair.hosts
    getattr(first.core.faults, fault).add(SET)
    calling = beside(call, "qsys.control.set", **GAIN, value=-6)
    wait_for(lambda: first.core.counts[SET])
    device_loop.run(pair.fail(0.1))
    with pytest.raises(Failure) as caught:
        calling.result()
    assert caught.value.code is Code.INDETERMINATE
    assert sets(pair) == (1, 0)
    with clock.using(clock.ManualClock(clock.now() + timedelta(seconds=30))):
        assert settle_due() == 1
    assert sets(pair) == (1, 0), "it must not be sent again"
    assert values(pair)[1] == value
    rows = AuditLog.system.filter(operation="qsys.control.set", entry="outcome")
    assert [row.verdict for row in rows.order_by("at")][-1] == verdict


def test_when_nobody_serves_the_command_is_not_sent(call: Calling, pair: Pair) -> None:
    call("qsys.core.status")
    pair.hosts[0].core.state = "Standby"
    refusal(call, "qsys.control.set", **GAIN, value=-6, _time_limit=2)
    assert sets(pair) == (0, 0)
    assert values(pair) == (-20.0, -20.0)


def test_the_status_of_a_pair_that_nobody_serves_is_told(call: Calling, pair: Pair) -> None:
    device_loop.run(one_standby(pair))
    assert call("qsys.core.status", _time_limit=2).output["state"] == "Standby"


async def one_standby(pair: Pair) -> None:
    pair.hosts[0].core.become("Standby")


def test_a_partner_that_does_not_answer_costs_nothing(call: Calling, pair: Pair) -> None:
    device_loop.run(pair.hosts[1].refuse())
    assert call("qsys.control.set", **GAIN, value=-6).output["confirmed"] is True
