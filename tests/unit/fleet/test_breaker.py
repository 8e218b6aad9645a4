import time
from uuid import UUID

import pytest
import redis
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from apps.fleet import breaker
from apps.fleet.breaker import BreakerState, Policy
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey

UNREACHABLE = Failure(Code.UNREACHABLE, "no answer")
QUICK = Policy(failures=5, open_seconds=0.05, successes=3, trial_seconds=5)


@pytest.fixture
def device() -> UUID:
    return new_id()


def state(device: UUID) -> BreakerState:
    return breaker.standing([device])[device].state


def trip(device: UUID, policy: Policy = breaker.DEFAULT) -> None:
    for _ in range(policy.failures):
        breaker.heard(device, UNREACHABLE, policy=policy)


def blocked(device: UUID, policy: Policy = breaker.DEFAULT) -> bool:
    try:
        breaker.require(device, "Core", policy=policy)
    except Failure as failure:
        return failure.code is Code.BREAKER_OPEN
    return False


def half_opened(device: UUID) -> None:
    """Wait until the open time is over, and take the one try there is."""
    give_up = time.monotonic() + 5
    while blocked(device, QUICK):
        assert time.monotonic() < give_up


def test_four_failures_leave_it_closed_and_the_fifth_opens(device: UUID) -> None:
    for _ in range(4):
        breaker.heard(device, UNREACHABLE)
    assert not blocked(device)
    breaker.heard(device, UNREACHABLE)
    assert blocked(device)
    assert state(device) is BreakerState.OPEN


def test_an_answer_in_between_starts_the_count_anew(device: UUID) -> None:
    for _ in range(4):
        breaker.heard(device, UNREACHABLE)
    breaker.heard(device, None)
    breaker.heard(device, UNREACHABLE)
    assert not blocked(device)
    assert breaker.standing([device])[device].failures == 1


@pytest.mark.parametrize("code", sorted(set(Code) - breaker.COUNTED))
def test_other_failures_never_open_it(device: UUID, code: Code) -> None:
    for _ in range(6):
        breaker.heard(device, Failure(code, "no"))
    assert state(device) is BreakerState.CLOSED


def test_a_lost_verdict_neither_counts_nor_clears(device: UUID) -> None:
    for _ in range(4):
        breaker.heard(device, UNREACHABLE)
    breaker.heard(device, Failure(Code.INDETERMINATE, "?"))
    breaker.heard(device, Failure(Code.BUSY, "full"))
    assert breaker.standing([device])[device].failures == 4


def test_half_open_lets_one_try_through_at_a_time(device: UUID) -> None:
    trip(device, QUICK)
    half_opened(device)
    assert blocked(device, QUICK)
    breaker.heard(device, None, policy=QUICK)
    assert not blocked(device, QUICK)


def test_three_successes_close_it(device: UUID) -> None:
    trip(device, QUICK)
    half_opened(device)
    for expected in (BreakerState.HALF_OPEN, BreakerState.HALF_OPEN, BreakerState.CLOSED):
        breaker.heard(device, None, policy=QUICK)
        assert state(device) is expected


def test_a_failure_while_half_open_opens_it_again(device: UUID) -> None:
    trip(device, QUICK)
    half_opened(device)
    breaker.heard(device, None, policy=QUICK)
    breaker.heard(device, UNREACHABLE, policy=QUICK)
    stands = breaker.standing([device])[device]
    assert stands.state is BreakerState.OPEN
    assert stands.successes == 0


def test_three_polls_in_a_row_close_an_open_breaker_at_once(device: UUID) -> None:
    trip(device)
    breaker.polled(device, ok=True)
    breaker.polled(device, ok=True)
    breaker.polled(device, ok=False)
    assert breaker.polled(device, ok=True) is BreakerState.OPEN
    assert breaker.polled(device, ok=True) is BreakerState.OPEN
    assert breaker.polled(device, ok=True) is BreakerState.CLOSED
    assert not blocked(device)


def test_failed_polls_open_it_and_do_not_prolong_it(device: UUID) -> None:
    for _ in range(5):
        breaker.polled(device, ok=False)
    opened = breaker.standing([device])[device].opened_at
    breaker.polled(device, ok=False)
    stands = breaker.standing([device])[device]
    assert stands.state is BreakerState.OPEN
    assert stands.opened_at == opened


def test_a_late_answer_does_not_close_an_open_breaker(device: UUID) -> None:
    trip(device)
    for _ in range(3):
        breaker.heard(device, None)
    assert state(device) is BreakerState.OPEN


def test_breakers_are_apart(device: UUID) -> None:
    other = new_id()
    trip(device)
    assert blocked(device)
    assert not blocked(other)


def test_a_reset_lets_calls_through_at_once(device: UUID) -> None:
    trip(device)
    breaker.reset(device)
    assert not blocked(device)


def test_what_it_says_names_device_and_time(device: UUID) -> None:
    trip(device)
    with pytest.raises(Failure) as caught:
        breaker.require(device, "Lobby Core")
    assert "circuit breaker is OPEN for Lobby Core" in caught.value.detail
    tries_at = breaker.standing([device])[device].tries_at
    assert tries_at is not None
    assert tries_at.strftime("%Y-%m-%dT%H:%M:%SZ") in caught.value.detail


def test_without_valkey_calls_go_through(device: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(breaker, "valkey", lambda: dead)
    breaker.require(device, "Core")
    breaker.heard(device, UNREACHABLE)


class BreakerMachine(RuleBasedStateMachine):
    """Compares the scripts with the rules said plainly; the open time never ends here."""

    def __init__(self) -> None:
        super().__init__()
        valkey().flushdb()
        self.device = new_id()
        self.failures = self.polls = 0
        self.is_open = False

    @rule()
    def caller_fails(self) -> None:
        breaker.heard(self.device, UNREACHABLE)
        self.failures += 1
        self.polls = 0
        self.is_open = self.is_open or self.failures >= 5

    @rule()
    def poll_fails(self) -> None:
        breaker.polled(self.device, ok=False)
        self.failures += 1
        self.polls = 0
        self.is_open = self.is_open or self.failures >= 5

    @precondition(lambda self: not self.is_open)
    @rule()
    def caller_succeeds(self) -> None:
        breaker.heard(self.device, None)
        self.failures = 0

    @rule()
    def poll_succeeds(self) -> None:
        breaker.polled(self.device, ok=True)
        self.polls += 1
        if not self.is_open or self.polls >= 3:
            self.failures = self.polls = 0
            self.is_open = False

    @invariant()
    def blocks_exactly_when_open(self) -> None:
        assert blocked(self.device) is self.is_open


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = hypothesis_settings(
    max_examples=30, stateful_step_count=20, deadline=None
)
