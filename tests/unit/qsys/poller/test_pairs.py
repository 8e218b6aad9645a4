"""A redundant pair is watched at both ends, polled where it serves, and each trouble told once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from apps.events.models import Outbox
from apps.fleet.models import Device, DeviceState
from apps.qsys.models import ControlEvent, ControlValue, Core, CoreEnd, Pairing
from apps.qsys.simulator import CoreHost, running_pair
from tests.support.polling import allow, eventually, paired, polling, rows
from tests.support.qsys import until
from tests.unit.qsys.poller.test_reconnects import lobby, move


def known() -> bool:
    return ControlValue.objects.filter(control__name="gain").exists()


def told() -> Counter[str]:
    """News of pairs, counted."""
    found = Outbox.objects.filter(type__startswith="qsys.pair.").values_list("type", flat=True)
    return Counter(one.removeprefix("qsys.pair.") for one in found)


def standing(device: Device, verdict: str, active: str) -> Any:
    return lambda: Core.system.filter(device=device, pair=verdict, active=active).exists()


async def some_looks(host: CoreHost, count: int = 5) -> None:
    """Until the watch has asked so often again, so that news would have been told twice."""
    asked = host.core.counts["StatusGet"] + count
    await until(lambda: host.core.counts["StatusGet"] >= asked)


def groups(host: CoreHost) -> int:
    return host.core.group_count()


async def test_both_are_watched_and_only_the_active_one_is_polled() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        async with polling():
            await eventually(standing(device, Pairing.NORMAL, "main"))
            await eventually(known)
            await until(lambda: groups(pair.hosts[0]) and pair.hosts[1].core.peers)
            assert groups(pair.hosts[1]) == 0
            await some_looks(pair.hosts[1])
        ends = await rows(
            lambda: list(CoreEnd.objects.order_by("side").values_list("side", "state"))
        )
        assert ends == [("main", "Active"), ("partner", "Standby")]
        assert not await rows(told)


async def test_a_switch_over_is_followed_and_told_once() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        async with polling():
            await eventually(known)
            await eventually(standing(device, Pairing.NORMAL, "main"))
            move(pair.hosts[0], -7.0)
            await eventually(lobby(-7.0))
            await pair.switch_over(0.1)
            await eventually(standing(device, Pairing.NORMAL, "partner"))
            move(pair.hosts[1], -9.0)
            event = await eventually(lobby(-9.0))
            side = await eventually(lambda: side_of(device) == "partner")
            await some_looks(pair.hosts[0])
        assert (event.previous, side) == (-7.0, True)
        assert await rows(told) == {"switched": 1}
        count = await rows(lambda: ControlEvent.objects.filter(number=-7.0).count())
        assert count == 1


def side_of(device: Device) -> str:
    summary = DeviceState.objects.get(device=device).summary
    return str(summary.get("link", {}).get("side"))


async def test_a_core_that_falls_off_the_network_is_replaced_by_its_partner() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        async with polling():
            await eventually(known)
            await eventually(standing(device, Pairing.NORMAL, "main"))
            await pair.fail(0.1)
            await eventually(standing(device, Pairing.DEGRADED, "partner"))
            move(pair.hosts[1], -9.0)
            await eventually(lobby(-9.0))
            end = await rows(lambda: CoreEnd.objects.get(side="main"))
            await pair.hosts[0].listen()
            await eventually(standing(device, Pairing.NORMAL, "partner"))
        assert (end.state, end.reason[:27]) == ("", "The Core does not answer: no"[:27])
        assert await rows(told) == {"switched": 1, "degraded": 1, "restored": 1}


async def test_a_split_brain_is_told_once_and_so_is_its_end() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        async with polling():
            await eventually(standing(device, Pairing.NORMAL, "main"))
            pair.hosts[1].core.become("Active")
            await eventually(standing(device, Pairing.SPLIT, "main"))
            await some_looks(pair.hosts[1])
            assert await rows(told) == {"split": 1}
            pair.hosts[1].core.become("Standby")
            await eventually(standing(device, Pairing.NORMAL, "main"))
        assert await rows(told) == {"split": 1, "restored": 1}


async def test_different_designs_are_told_once() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        async with polling():
            await eventually(standing(device, Pairing.NORMAL, "main"))
            pair.hosts[1].reload()
            await eventually(standing(device, Pairing.DIFFERING, "main"))
            await some_looks(pair.hosts[1])
            pair.deploy()
            await eventually(standing(device, Pairing.NORMAL, "main"))
        assert await rows(told) == {"differed": 1, "restored": 1}


async def test_that_nobody_serves_is_told_once_it_lasts() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        async with polling():
            await eventually(standing(device, Pairing.NORMAL, "main"))
            pair.hosts[0].core.become("Standby")
            await eventually(standing(device, Pairing.UNSERVED, "main"))
            await some_looks(pair.hosts[1])
            pair.hosts[0].core.become("Active")
            await eventually(standing(device, Pairing.NORMAL, "main"))
        assert await rows(told) == {"unserved": 1, "restored": 1}


async def test_a_new_poller_tells_nothing_anew() -> None:
    async with running_pair(controls=30, meters=0) as pair:
        allow(*pair.hosts)
        device = await rows(lambda: paired(pair))
        pair.hosts[1].core.become("Active")
        for _ in range(2):
            async with polling():
                await eventually(lambda: Core.system.filter(device=device, pair="split").exists())
                await some_looks(pair.hosts[1])
        assert await rows(told) == {"split": 1}
