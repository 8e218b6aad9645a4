"""How long jobs of a kind usually take, told from those that succeeded lately."""

from datetime import timedelta

import pytest

from apps.jobs.selectors import FEWEST, RECENT, usual_seconds
from apps.kernel import clock
from apps.kernel.actor import Actor
from tests.support import factories

pytestmark = pytest.mark.django_db
NAME = "miners.firmware.upgrade"


@pytest.fixture
def engineer() -> Actor:
    return factories.actor_of("engineer")


def took(by: Actor, seconds: float, *, state: str = "succeeded", operation: str = NAME) -> None:
    job = factories.job(by, operation=operation, state=state)
    job.finished_at = job.created_at + timedelta(seconds=seconds)
    job.save(update_fields=["finished_at"])


def test_too_few_tell_nothing(engineer: Actor) -> None:
    for _ in range(FEWEST - 1):
        took(engineer, 60)
    assert usual_seconds(engineer, NAME) is None
    took(engineer, 90)
    assert usual_seconds(engineer, NAME) == (60, 90)


def test_only_successes_of_the_same_kind_count(engineer: Actor) -> None:
    for seconds in (60, 70, 80):
        took(engineer, seconds)
    took(engineer, 1, state="failed")
    took(engineer, 2, operation="miners.miner.reboot")
    factories.job(engineer, operation=NAME, state="running", finished_at=clock.now())
    assert usual_seconds(engineer, NAME) == (60, 80)


def test_the_slowest_and_the_fastest_tenth_are_left_out(engineer: Actor) -> None:
    for seconds in (1, 9_000, *range(50, 58)):
        took(engineer, seconds)
    assert usual_seconds(engineer, NAME) == (50, 57)


def test_what_was_long_ago_is_forgotten(engineer: Actor) -> None:
    took(engineer, 9_000)
    for _ in range(RECENT):
        took(engineer, 60)
    assert usual_seconds(engineer, NAME) == (60, 60)


def test_jobs_of_others_tell_nothing(engineer: Actor) -> None:
    for _ in range(FEWEST):
        took(factories.actor_of("engineer"), 60)
    assert usual_seconds(engineer, NAME) is None
