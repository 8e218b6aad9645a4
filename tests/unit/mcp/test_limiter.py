"""Tokens held by a process: fewer questions to Valkey, never more calls than allowed."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from apps.kernel import clock
from apps.kernel.actor import Actor, ActorKind, anonymous_actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.valkey import valkey
from apps.mcp import limiter as limiters
from apps.mcp.limiter import BATCH, Limiter
from apps.operations import limits
from tests.support import factories


@pytest.fixture
def key_holder() -> Actor:
    valkey().flushdb()
    return Actor(ActorKind.KEY, new_id(), new_id(), "script", credential_id=new_id())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The weights that were asked of Valkey."""
    seen: list[int] = []
    real = limits.spend

    def spend(actor: Actor, weight: int, *, dangerous: bool) -> None:
        seen.append(weight)
        real(actor, weight, dangerous=dangerous)

    monkeypatch.setattr(limits, "spend", spend)
    return seen


async def test_ten_calls_ask_once(key_holder: Actor, asked: list[int]) -> None:
    limiter = Limiter()
    for _ in range(BATCH):
        assert (await limiter.spend(key_holder)).weight == 1
    assert asked == [BATCH]
    await limiter.spend(key_holder)
    assert asked == [BATCH, BATCH]


async def test_parallel_calls_share_one_refill(key_holder: Actor, asked: list[int]) -> None:
    limiter = Limiter()
    await asyncio.gather(*(limiter.spend(key_holder) for _ in range(35)))
    assert asked == [BATCH] * 4


async def test_a_finished_refill_is_never_waited_for_again(
    key_holder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Single tokens and many callers: each refill serves one, the others must ask on."""
    monkeypatch.setattr(limiters, "_ask", lambda actor: 1)
    limiter = Limiter()
    async with asyncio.timeout(5):
        await asyncio.gather(*(limiter.spend(key_holder) for _ in range(60)))


async def test_no_more_pass_than_the_burst(
    key_holder: Actor, asked: list[int], settings: Any
) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=1, api_rate_limit_burst=104)
    limiter = Limiter()
    for _ in range(104):
        await limiter.spend(key_holder)
    with pytest.raises(Failure) as refused:
        await limiter.spend(key_holder)
    assert refused.value.code is Code.RATE_LIMITED
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 30


async def test_the_last_tokens_are_taken_one_by_one(
    key_holder: Actor, asked: list[int], settings: Any
) -> None:
    settings.CONFIG = factories.config(api_rate_limit_rpm=1, api_rate_limit_burst=104)
    limiter = Limiter()
    for _ in range(102):
        await limiter.spend(key_holder)
    assert asked[-4:] == [BATCH, 1, BATCH, 1]


async def test_small_bursts_are_not_held(key_holder: Actor, asked: list[int]) -> None:
    agent = replace(key_holder, kind=ActorKind.AGENT)
    limiter = Limiter()
    await limiter.spend(agent)
    await limiter.spend(agent)
    assert asked == [1, 1]
    assert not limiters.batches(agent)


async def test_held_tokens_are_forgotten(key_holder: Actor, asked: list[int]) -> None:
    limiter = Limiter()
    with clock.using(clock.ManualClock(clock.now())) as manual:
        assert isinstance(manual, clock.ManualClock)
        await limiter.spend(key_holder)
        manual.advance(limiters.KEPT + 1)
        await limiter.spend(key_holder)
    assert asked == [BATCH, BATCH]


async def test_a_refused_refill_is_asked_again(
    key_holder: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(actor: Actor) -> int:
        raise Failure(Code.RATE_LIMITED, "Later.", retry_after=1)

    limiter = Limiter()
    with monkeypatch.context() as patch:
        patch.setattr(limiters, "_ask", refuse)
        for _ in range(2):
            with pytest.raises(Failure):
                await limiter.spend(key_holder)
    assert (await limiter.spend(key_holder)).weight == 1


async def test_nobody_s_calls_cost_nothing(asked: list[int]) -> None:
    assert (await Limiter().spend(anonymous_actor())).weight == 0
    assert asked == []


async def test_few_holders_are_remembered(
    key_holder: Actor, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiters, "HOLDERS_MOST", 2)
    limiter = Limiter()
    for number in range(3):
        await limiter.spend(replace(key_holder, credential_id=new_id()))
        assert len(asked) == number + 1
    await limiter.spend(key_holder)
    assert len(limiter._held) == 2
