import asyncio
import os
import threading
from typing import Any

import pytest

from apps.fleet import breaker, leases, loop, services, sessions
from apps.fleet.breaker import BreakerState, Policy
from apps.fleet.models import Device
from apps.fleet.pool import SessionPool
from apps.kernel.errors import Code, Failure
from apps.operations.failures import is_retryable
from tests.unit.fleet.support import EchoDevice, context, eventually


async def hello(session: Any) -> str:
    return str(await session.ask("hello"))


async def set_seven(session: Any) -> str:
    return str(await session.ask("SET 7"))


def failure_of(device: Device, **options: Any) -> Failure:
    seconds = options.pop("seconds", 2.0)
    ask = options.pop("ask", hello)
    with pytest.raises(Failure) as caught:
        sessions.call(device, ask, context(seconds), **options)
    return caught.value


def test_a_call_brings_the_device_s_answer(device: Device) -> None:
    assert sessions.call(device, hello, context()) == "hello"


def test_calls_share_one_connection(device: Device, echo: EchoDevice) -> None:
    for _ in range(5):
        sessions.call(device, hello, context())
    assert echo.connections == 1


def test_callers_in_several_threads_share_one_connection(device: Device, echo: EchoDevice) -> None:
    ways, answers = sessions._way(device, within=5), []

    def work() -> None:
        answers.append(sessions._ask(ways, hello, 5.0, changing=False))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert answers == ["hello"] * 6
    assert echo.connections == 1


def test_a_new_credential_opens_a_new_session(device: Device, echo: EchoDevice) -> None:
    services.credential_set(device, {"pin": "1111"})
    sessions.call(device, hello, context())
    services.credential_set(device, {"pin": "2222"})
    sessions.call(device, hello, context())
    assert echo.logins == ["1111", "2222"]


def test_rotating_the_sealing_key_keeps_the_session(device: Device, echo: EchoDevice) -> None:
    services.credential_set(device, {"pin": "1111"})
    sessions.call(device, hello, context())
    assert services.credentials_rotate() == 1
    sessions.call(device, hello, context())
    assert echo.logins == ["1111"]


def test_a_moved_device_is_called_at_its_new_address(device: Device, allow: Any) -> None:
    sessions.call(device, hello, context())
    other = EchoDevice("127.0.0.2")
    try:
        allow(f"127.0.0.2:{other.port}")
        device.address, device.ports = "127.0.0.2", {"echo": other.port}
        sessions.call(device, hello, context())
        assert other.requests == ["hello"]
    finally:
        other.stop()


def test_a_session_cut_while_idle_is_replaced_without_the_caller_noticing(
    device: Device, echo: EchoDevice
) -> None:
    sessions.call(device, hello, context())
    echo.hang_up()
    eventually(lambda: not echo.open)
    assert sessions.call(device, set_seven, context(), changing=True) == "0"
    assert echo.connections == 2
    assert echo.requests == ["hello", "SET 7"]


def test_nobody_listening_is_unreachable(device: Device, echo: EchoDevice) -> None:
    echo.stop()
    failure = failure_of(device)
    assert failure.code is Code.UNREACHABLE
    assert is_retryable(failure)


def test_a_silent_device_times_out_and_its_session_is_dropped(
    device: Device, echo: EchoDevice
) -> None:
    echo.mute = True
    failure = failure_of(device, seconds=0.3)
    assert failure.code is Code.TIMEOUT
    assert is_retryable(failure)
    assert "within 0.3 s" in failure.detail
    echo.mute = False
    assert sessions.call(device, hello, context()) == "hello"
    assert echo.connections == 2


def test_silence_after_a_change_was_sent_is_indeterminate(device: Device, echo: EchoDevice) -> None:
    echo.mute = True
    failure = failure_of(device, ask=set_seven, seconds=0.3, changing=True)
    assert failure.code is Code.INDETERMINATE
    assert not is_retryable(failure)
    assert echo.value == 7


def test_a_link_lost_after_a_change_was_sent_is_never_sent_again(
    device: Device, echo: EchoDevice
) -> None:
    echo.drop = True
    failure = failure_of(device, ask=set_seven, changing=True)
    assert failure.code is Code.INDETERMINATE
    assert echo.requests == ["SET 7"]


def test_a_mistake_of_ours_is_not_dressed_up_as_the_device_s(device: Device) -> None:
    async def wrong(session: Any) -> str:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        sessions.call(device, wrong, context())


def test_no_time_left_means_nothing_is_sent(device: Device, echo: EchoDevice) -> None:
    assert failure_of(device, seconds=-1).code is Code.TIMEOUT
    assert echo.connections == 0


def test_an_address_off_the_list_is_never_connected(
    device: Device, echo: EchoDevice, allow: Any
) -> None:
    allow("10.0.0.0/8")
    assert failure_of(device).code is Code.INVALID
    assert echo.connections == 0


def test_five_failures_open_the_breaker_and_the_device_is_left_alone(
    device: Device, echo: EchoDevice
) -> None:
    echo.refuse = True
    for _ in range(5):
        assert failure_of(device).code is Code.UNREACHABLE
    tried = echo.connections
    failure = failure_of(device)
    assert failure.code is Code.BREAKER_OPEN
    assert "circuit breaker is OPEN for Echo" in failure.detail
    assert "tries again at" in failure.detail
    assert failure.retry_after is not None
    assert 50 < failure.retry_after <= 60
    assert echo.connections == tried


def test_a_device_that_says_no_does_not_trip_the_breaker(device: Device) -> None:
    async def refused(session: Any) -> str:
        raise Failure(Code.DEVICE_REJECTED, "It said no.")

    for _ in range(6):
        assert failure_of(device, ask=refused).code is Code.DEVICE_REJECTED
    assert breaker.standing([device.id])[device.id].state is BreakerState.CLOSED


def test_work_under_a_lease_passes_an_open_breaker_and_is_not_counted(
    device: Device, echo: EchoDevice
) -> None:
    for _ in range(5):
        breaker.polled(device.id, ok=False)
    lease = leases.take(device, "job")
    assert sessions.call(device, hello, context(), lease=lease) == "hello"
    echo.refuse = True
    sessions.drop(device)
    assert failure_of(device, lease=lease).code is Code.UNREACHABLE
    assert breaker.standing([device.id])[device.id].failures == 5


def test_a_lease_of_an_older_epoch_sends_nothing(device: Device, echo: EchoDevice) -> None:
    old = leases.take(device, "first")
    leases.release(old)
    leases.take(device, "second")
    with pytest.raises(leases.LeaseLost):
        sessions.call(device, set_seven, context(), changing=True, lease=old)
    assert echo.requests == []


def test_a_web_process_answers_busy_above_its_limit(device: Device, echo: EchoDevice) -> None:
    sessions.limit_inline(1)
    try:
        inside = sessions._inline_slot()
        with inside:
            failure = failure_of(device)
        assert failure.code is Code.BUSY
        assert echo.connections == 0
        assert sessions.call(device, hello, context()) == "hello"
    finally:
        sessions.limit_inline(None)


def test_a_device_is_not_called_more_often_at_once_than_it_bears(
    device: Device, echo: EchoDevice
) -> None:
    way, running, most = sessions._way(device, within=5), 0, 0
    assert way.bound == 2

    async def watch(session: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1

    async def crowd() -> None:
        pool = sessions._pool()
        await asyncio.gather(*(pool.use(way, watch, timeout=5, changing=False) for _ in range(8)))

    sessions.run(crowd())
    assert most == 2


def test_waiting_in_vain_for_a_place_is_busy(device: Device) -> None:
    way = sessions._way(device, within=5)

    async def linger(session: Any) -> None:
        await asyncio.sleep(0.5)

    async def crowd() -> list[Any]:
        pool = sessions._pool()
        first = [pool.use(way, linger, timeout=5, changing=False) for _ in range(2)]
        late = pool.use(way, linger, timeout=0.1, changing=False)
        return await asyncio.gather(*first, late, return_exceptions=True)

    *_, late = sessions.run(crowd())
    assert isinstance(late, Failure)
    assert late.code is Code.BUSY


def test_an_idle_session_is_closed(device: Device, echo: EchoDevice) -> None:
    pool = SessionPool(idle=0.05)
    way = sessions._way(device, within=5)
    sessions.run(pool.use(way, hello, timeout=2, changing=False))
    assert len(echo.open) == 1
    eventually(lambda: not echo.open)
    assert len(pool) == 0


def test_dropping_waits_for_the_caller_that_is_on_it(device: Device, echo: EchoDevice) -> None:
    way, pool = sessions._way(device, within=5), SessionPool()

    async def slow(session: Any) -> str:
        await pool.drop(device.id)
        return str(await session.ask("still here"))

    assert sessions.run(pool.use(way, slow, timeout=2, changing=False)) == "still here"
    eventually(lambda: not echo.open)


def test_a_probe_tells_who_the_device_is(device: Device) -> None:
    said = sessions.probe(device, context())
    assert (said.serial, said.model, said.firmware) == ("ECHO-1", "echo", "1.0")


def test_waiting_on_the_loop_s_own_thread_is_refused() -> None:
    async def inside() -> None:
        work = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="await the work"):
            loop.run(work)

    loop.run(inside())
    loop.stop()


def test_work_that_takes_too_long_is_cancelled() -> None:
    ended = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        loop.run(forever(), timeout=0.05)
    assert ended.wait(5)
    loop.stop()


def test_a_forked_child_gets_a_loop_of_its_own(device: Device, echo: EchoDevice) -> None:
    way = sessions._way(device, within=5)
    assert sessions._ask(way, hello, 2.0, changing=False) == "hello"
    child = os.fork()
    if child == 0:
        answer = sessions._ask(way, hello, 5.0, changing=False)
        os._exit(0 if answer == "hello" else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
    assert echo.connections == 2
    assert sessions._ask(way, hello, 2.0, changing=False) == "hello"


@pytest.mark.django_db(transaction=True)
def test_a_poller_s_own_session_passes_the_same_allow_list(
    device: Device, echo: EchoDevice, allow: Any
) -> None:
    session = sessions.run(sessions.connect(device, timeout=2))
    assert session.alive
    sessions.run(session.close())
    allow()
    with pytest.raises(Failure) as caught:
        sessions.run(sessions.connect(device, timeout=2))
    assert caught.value.code is Code.INVALID


def test_an_unanswered_logon_is_unreachable_for_a_poller(device: Device, echo: EchoDevice) -> None:
    policy = Policy(failures=1)
    assert breaker.polled(device.id, ok=False, policy=policy) is BreakerState.OPEN
    assert failure_of(device).code is Code.BREAKER_OPEN
