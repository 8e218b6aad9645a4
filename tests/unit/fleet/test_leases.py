import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from apps.fleet import leases
from apps.fleet.leases import LeaseLost
from apps.fleet.models import Device, DeviceLease
from apps.kernel import clock
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from tests.support import factories
from tests.unit.fleet.support import eventually

START = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def held(db: None) -> Device:
    return factories.device(name="Lobby")


def test_taking_gives_the_next_epoch(held: Device) -> None:
    first = leases.take(held, "job-1")
    assert leases.release(first)
    second = leases.take(held, "job-2")
    assert (first.epoch, second.epoch) == (1, 2)


def test_a_held_device_is_refused_with_the_holder_s_name(held: Device) -> None:
    leases.take(held, "job-1")
    with pytest.raises(Failure) as caught:
        leases.take(held, "job-2")
    assert caught.value.code is Code.CONFLICT
    assert "job-1" in caught.value.detail
    assert DeviceLease.objects.get(device=held).epoch == 1


def test_not_even_its_owner_takes_a_running_lease_again(held: Device) -> None:
    leases.take(held, "job-1")
    with pytest.raises(Failure):
        leases.take(held, "job-1")


def test_a_lapsed_lease_is_taken_over_and_the_loser_fenced_off(held: Device) -> None:
    with clock.using(ManualClock(START)) as manual:
        assert isinstance(manual, ManualClock)
        old = leases.take(held, "job-1", seconds=30)
        manual.advance(31)
        new = leases.take(held, "job-2", seconds=30)
        assert new.epoch == old.epoch + 1
        for act in (leases.check, leases.renew):
            with pytest.raises(LeaseLost):
                act(old)
        assert not leases.release(old)
        leases.check(new)


def test_renewing_prolongs(held: Device) -> None:
    with clock.using(ManualClock(START)) as manual:
        assert isinstance(manual, ManualClock)
        lease = leases.take(held, "job-1", seconds=30)
        manual.advance(25)
        leases.renew(lease, seconds=30)
        manual.advance(25)
        leases.check(lease)
        assert lease.remaining() == 5


def test_a_lapsed_lease_cannot_be_renewed_back(held: Device) -> None:
    with clock.using(ManualClock(START)) as manual:
        assert isinstance(manual, ManualClock)
        lease = leases.take(held, "job-1", seconds=30)
        manual.advance(30)
        with pytest.raises(LeaseLost):
            leases.renew(lease)
        with pytest.raises(LeaseLost):
            lease.require()


def test_the_monotonic_clock_ends_a_lease_without_the_database(held: Device) -> None:
    with clock.using(ManualClock(START)) as manual:
        assert isinstance(manual, ManualClock)
        lease = leases.take(held, "job-1", seconds=10)
        manual.advance(9.5)
        lease.require()
        manual.advance(1)
        with pytest.raises(LeaseLost):
            lease.require()


def test_the_block_holds_and_releases(held: Device) -> None:
    with leases.hold(held, owner="job-1") as lease:
        leases.check(lease)
    with pytest.raises(LeaseLost):
        leases.check(lease)
    assert leases.take(held, "job-2").epoch == 2


def test_a_held_device_tells_until_when(held: Device) -> None:
    assert leases.held_until(held) is None
    with clock.using(ManualClock(START)) as manual:
        assert isinstance(manual, ManualClock)
        leases.take(held, "job-1", seconds=30)
        assert leases.held_until(held) == START + timedelta(seconds=30)
        manual.advance(30)
        assert leases.held_until(held) is None


def test_the_block_releases_after_an_error(held: Device) -> None:
    with pytest.raises(KeyError), leases.hold(held):
        raise KeyError
    assert DeviceLease.objects.get(device=held).lease_until is None


@pytest.mark.django_db(transaction=True)
def test_the_block_renews_by_itself() -> None:
    held = factories.device()
    with leases.hold(held, seconds=0.6) as lease:
        began = lease.ends
        eventually(lambda: lease.ends > began + 0.3)
        leases.check(lease)


@pytest.mark.django_db(transaction=True)
def test_of_many_takers_one_wins() -> None:
    held = factories.device()
    DeviceLease.objects.create(device=held)
    won: list[int] = []

    def work(number: int) -> None:
        try:
            won.append(leases.take(held, f"job-{number}").epoch)
        except Failure:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert won == [1]
