"""Tokens held by a process: fewer questions to Valkey, never more calls than allowed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind, anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.valkey import close_here, valkey
from apps.mcp import limiter as limiters
from apps.mcp.limiter import BATCH, Limiter
from apps.operations import limits
from tests.support import factories


@pytest.fixture
def key_holder() -> Actor:
    valkey().flushdb()
    return Actor(ActorKind.KEY, new_id(), new_id(), "script", credential_id=new_id())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What was asked of Valkey: tokens that calls needed, and spare ones."""
    seen: list[tuple[int, int]] = []
    real = limits.take

    async def take(actor: Actor, *, needed: int, spare: int) -> limits.Taken:
        seen.append((needed, spare))
        return await real(actor, needed=needed, spare=spare)

    monkeypatch.setattr(limits, "take", take)
    return seen


@pytest.fixture
async def limiter() -> AsyncIterator[Limiter]:
    yield Limiter()
    await close_here()


def refusals() -> float:
    """Calls the limiter refused so far, as the counter says."""
    return sum(
        one.value for one in next(iter(limits.HITS.collect())).samples if "total" in one.name
    )


async def settled() -> None:
    """Return once no question to Valkey is on its way."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others)


async def test_ten_calls_ask_once_and_the_next_ten_are_fetched_before_they_are_needed(
    limiter: Limiter, key_holder: Actor, asked: list[tuple[int, int]]
) -> None:
    for _ in range(BATCH):
        assert (await limiter.spend(key_holder)).weight == 1
    assert asked == [(1, BATCH)]
    await limiter.spend(key_holder)
    await settled()
    assert asked == [(1, BATCH), (0, BATCH)]


async def test_parallel_calls_share_one_question(
    limiter: Limiter, key_holder: Actor, asked: list[tuple[int, int]]
) -> None:
    await asyncio.gather(*(limiter.spend(key_holder) for _ in range(35)))
    assert asked == [(35, BATCH)]
    for _ in range(BATCH):
        await limiter.spend(key_holder)
    assert len(asked) == 1, "the spare ones are held"


async def test_who_comes_as_a_question_ends_is_answered(
    limiter: Limiter, key_holder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Single tokens and many callers: each question serves one, the others ask on."""

    async def one(actor: Actor, *, needed: int, spare: int) -> limits.Taken:
        await asyncio.sleep(0)
        return limits.Taken(1)

    async def caller() -> None:
        for _ in range(20):
            await limiter.spend(key_holder)
            await asyncio.sleep(0)

    monkeypatch.setattr(limits, "take", one)
    async with asyncio.timeout(5):
        await asyncio.gather(*(caller() for _ in range(20)))


async def test_no_more_pass_than_the_burst(
    limiter: Limiter, key_holder: Actor, settings: Any
) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=1, api_rate_limit_burst=104)
    for _ in range(104):
        await limiter.spend(key_holder)
    hits = refusals()
    results = await asyncio.gather(
        *(limiter.spend(key_holder) for _ in range(3)), return_exceptions=True
    )
    assert refusals() == hits + 3
    for refused in results:
        assert isinstance(refused, Failure)
        assert refused.code is Code.RATE_LIMITED
        assert refused.retry_after is not None
        assert refused.retry_after > 30


async def test_two_processes_pass_no_more_than_the_burst(key_holder: Actor, settings: Any) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=1, api_rate_limit_burst=104)
    limiters_of_two = [Limiter(), Limiter()]
    results = await asyncio.gather(
        *(limiters_of_two[number % 2].spend(key_holder) for number in range(150)),
        return_exceptions=True,
    )
    passed = sum(not isinstance(one, Failure) for one in results)
    assert 104 - 2 * BATCH <= passed <= 104
    await close_here()


async def test_the_last_tokens_are_not_held(
    limiter: Limiter, key_holder: Actor, asked: list[tuple[int, int]], settings: Any
) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=1, api_rate_limit_burst=104)
    for _ in range(102):
        await limiter.spend(key_holder)
        await settled()
    assert (0, BATCH) in asked
    assert asked[-1] == (1, BATCH), "the one that was needed, and no batch"
    other = Limiter()
    for _ in range(2):
        await other.spend(key_holder)


async def test_small_bursts_are_not_held(
    limiter: Limiter, key_holder: Actor, asked: list[tuple[int, int]]
) -> None:
    agent = replace(key_holder, kind=ActorKind.AGENT)
    await limiter.spend(agent)
    await limiter.spend(agent)
    assert asked == [(1, 0), (1, 0)]
    assert not limiters.batches(agent)


async def test_held_tokens_are_forgotten(
    limiter: Limiter, key_holder: Actor, asked: list[tuple[int, int]]
) -> None:
    with clock.using(clock.ManualClock(clock.now())) as manual:
        await limiter.spend(key_holder)
        manual.advance(limiters.KEPT + 1)
        await limiter.spend(key_holder)
    assert asked == [(1, BATCH), (1, BATCH)]


async def test_a_question_that_breaks_off_is_told_to_all_and_asked_again(
    limiter: Limiter, key_holder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(actor: Actor, *, needed: int, spare: int) -> limits.Taken:
        await asyncio.sleep(0)
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(limits, "take", broken)
        results = await asyncio.gather(
            *(limiter.spend(key_holder) for _ in range(3)), return_exceptions=True
        )
        assert [type(one) for one in results] == [RuntimeError] * 3
    assert (await limiter.spend(key_holder)).weight == 1


async def test_a_caller_that_went_away_costs_nobody_a_token(
    limiter: Limiter, key_holder: Actor, asked: list[tuple[int, int]]
) -> None:
    going, staying = (asyncio.create_task(limiter.spend(key_holder)) for _ in range(2))
    await asyncio.sleep(0)
    going.cancel()
    assert (await staying).weight == 1
    for _ in range(BATCH):
        await limiter.spend(key_holder)
    assert asked == [(2, BATCH)]
    await settled()
    await limiter.spend(key_holder)
    assert asked == [(2, BATCH), (0, BATCH)], "no more is held than may be"


async def test_without_valkey_calls_are_let_through(
    limiter: Limiter, key_holder: Actor, settings: Any
) -> None:
    settings.CONFIG = factories.config(redis_url=SecretStr("unix:///nowhere/valkey.sock"))
    for _ in range(2 * BATCH + 5):
        assert (await limiter.spend(key_holder)).weight == 1


async def test_a_lost_connection_is_made_again(
    limiter: Limiter, key_holder: Actor, settings: Any
) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=1, api_rate_limit_burst=104)
    for _ in range(54):
        await limiter.spend(key_holder)
    valkey().client_kill_filter(_type="normal", skipme=True)
    results = await asyncio.gather(
        *(limiter.spend(key_holder) for _ in range(60)), return_exceptions=True
    )
    assert sum(isinstance(one, Failure) for one in results) == 10


async def test_nobody_s_calls_cost_nothing(limiter: Limiter, asked: list[tuple[int, int]]) -> None:
    assert (await limiter.spend(anonymous_actor())).weight == 0
    assert asked == []


async def test_few_holders_are_remembered(
    limiter: Limiter,
    key_holder: Actor,
    asked: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limiters, "HOLDERS_MOST", 2)
    for number in range(3):
        await limiter.spend(replace(key_holder, credential_id=new_id()))
        assert len(asked) == number + 1
    assert len(limiter._purses) == 2
