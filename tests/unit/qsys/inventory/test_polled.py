"""A Core that is really polled: what it reports and runs is followed without asking it anything."""

from __future__ import annotations

from typing import Any

import pytest

from apps.kernel.valkey import valkey
from apps.qsys.models import DesignRun, InventorySpell
from apps.qsys.tasks import follow
from tests.support.polling import allow, eventually, polling, registered, rows
from tests.support.qsys import running_core


@pytest.mark.django_db(transaction=True)
async def test_a_polled_core_has_items_spells_and_runs(settings: Any) -> None:
    settings.CONFIG = settings.CONFIG
    valkey().flushdb()

    def codes(component: str) -> list[int]:
        follow()
        found = InventorySpell.system.filter(item__component=component, item__control__in=NAMES)
        return list(found.order_by("began", "id").values_list("code", flat=True))

    def designs() -> list[str]:
        follow()
        return list(DesignRun.system.order_by("id").values_list("design_code", flat=True))

    async with running_core(controls=30, meters=0) as host:
        allow(host)
        await rows(lambda: registered(host))
        async with polling():
            await eventually(lambda: codes("Core Status") == [0] and codes("") == [0])
            host.core.move(host.core.control("Core Status", "status"), 2.0)
            host.core.status = (1, "Compromised - 1 of 12")
            await eventually(lambda: codes("Core Status") == [0, 2])
            await eventually(lambda: codes("") == [0, 1])
            first = host.core.code
            assert await rows(designs) == [first]
            host.reload()
            await eventually(lambda: len(designs()) == 2)
            assert await rows(designs) == [first, host.core.code]


NAMES = ("", "status")
