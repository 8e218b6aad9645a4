"""Which design each Core ran and should run: kept as runs, told once when it drifts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps.audit.models import AuditLog
from apps.events.models import Outbox
from apps.fleet.models import Device
from apps.kernel.errors import Code, Failure
from apps.operations.outcome import Outcome
from apps.qsys.inventory.designs import designs_follow, runs_forget
from apps.qsys.models import Core, DesignDrift, DesignPin, DesignRun
from apps.qsys.tasks import follow
from tests.support import factories
from tests.unit.qsys.inventory.conftest import at, core

Asking = Callable[..., Outcome]


def told() -> list[str]:
    rows = Outbox.objects.filter(type__startswith="qsys.design.").order_by("id")
    return [row.type.removeprefix("qsys.design.") for row in rows]


def ran(device: Device) -> list[tuple[Any, ...]]:
    rows = DesignRun.system.filter(device=device).order_by("began", "id")
    return list(rows.values_list("design_code", "firmware", "began", "ended"))


@pytest.fixture
def engineer(device: Device) -> Any:
    return factories.actor_of("engineer", device.tenant)


def deploy(device: Device, code: str, second: float, **fields: Any) -> None:
    core(device, code, design_at=at(second), **fields)


def test_each_deployment_and_each_firmware_is_a_run_of_its_own(device: Device) -> None:
    deploy(device, "a", 0)
    follow()
    deploy(device, "b", 100)
    assert designs_follow() == 1
    assert ran(device) == [("a", "", at(0), at(100)), ("b", "", at(100), None)]
    Device.system.filter(id=device.id).update(firmware="9.12")
    assert designs_follow() == 0
    assert ran(device)[1] == ("b", "9.12", at(100), None)
    Device.system.filter(id=device.id).update(firmware="10.1")
    designs_follow()
    assert [one[:2] for one in ran(device)] == [("a", ""), ("b", "9.12"), ("b", "10.1")]
    Device.system.filter(id=device.id).update(status="decommissioned")
    designs_follow()
    assert not DesignRun.system.filter(ended=None).exists()
    runs_forget(at(200))
    assert [one[:2] for one in ran(device)] == [("b", "9.12"), ("b", "10.1")]


def test_a_drift_is_told_once_and_its_end_once(ask: Asking, device: Device, engineer: Any) -> None:
    deploy(device, "a", 0)
    pinned = ask("qsys.design.pin", who=engineer, device="Hall A").output["pinned"]
    assert (pinned["design"], pinned["design_code"]) == ("Hall", "a")
    designs_follow()
    assert told() == []
    deploy(device, "b", 100)
    for _ in range(3):
        designs_follow()
    assert told() == ["drifted"]
    Core.system.update(pair="differing")
    designs_follow()
    assert DesignDrift.objects.get().reasons == ["pin", "pair"]
    assert told() == ["drifted"]
    Core.system.update(pair="normal")
    deploy(device, "a", 200)
    for _ in range(3):
        designs_follow()
    assert told() == ["drifted", "settled"]
    assert not DesignDrift.objects.exists()


def test_a_pin_is_said_changed_and_released_with_evidence(
    ask: Asking, device: Device, engineer: Any
) -> None:
    deploy(device, "a", 0)
    designs_follow()
    ask("qsys.design.pin", who=engineer, device="Hall A", design="Gala", firmware="10.1")
    designs_follow()
    (row,) = ask("qsys.design.list", drifted=True).output["cores"]
    assert (row["pinned"]["design"], row["drift"]["reasons"]) == ("Gala", ["pin"])
    assert row["pinned"]["pinned_by"] == engineer.label
    last = AuditLog.system.filter(operation="qsys.design.pin", verdict="ok").latest("id")
    assert last.after == {"design": "Gala", "design_code": "", "firmware": "10.1"}
    ask("qsys.design.pin", who=engineer, device="Hall A", release=True)
    designs_follow()
    assert ask("qsys.design.list", drifted=True).output["cores"] == []
    assert not DesignPin.objects.exists()
    with pytest.raises(Failure) as refused:
        ask("qsys.design.pin", who=engineer, device="Hall A", release=True, design="Gala")
    assert refused.value.code is Code.INVALID


def test_what_nobody_knows_cannot_be_pinned_as_it_is(
    ask: Asking, device: Device, engineer: Any
) -> None:
    Core.system.update(design_code="")
    with pytest.raises(Failure) as refused:
        ask("qsys.design.pin", who=engineer, device="Hall A")
    assert refused.value.code is Code.CONFLICT
    assert not DesignPin.objects.exists()


def test_who_may_only_look_pins_nothing(ask: Asking, device: Device) -> None:
    operator = factories.actor_of("operator", device.tenant)
    stranger = factories.actor_of("admin")
    for who, code in ((operator, Code.FORBIDDEN), (stranger, Code.NOT_FOUND)):
        with pytest.raises(Failure) as refused:
            ask("qsys.design.pin", who=who, device=str(device.id))
        assert refused.value.code is code
    assert not DesignPin.objects.exists()
    assert ask("qsys.design.list", who=stranger).output == {
        "cores": [], "versions": [], "cursor": None,
    }  # fmt: skip


def test_versions_are_listed_counted_and_paged(ask: Asking, device: Device) -> None:
    deploy(device, "a", 0, platform="Core 110f")
    for name, code in (("Hall B", "a"), ("Hall C", "c")):
        other = factories.device(device.tenant, name=name, site_path="/plant/hall-b/")
        deploy(other, code, 0, platform="Core 110f")
    designs_follow()
    first = ask("qsys.design.list", limit=2).output
    rest = ask("qsys.design.list", limit=2, cursor=first["cursor"]).output
    assert [one["device_name"] for one in (*first["cores"], *rest["cores"])] == [
        "Hall A", "Hall B", "Hall C",
    ]  # fmt: skip
    assert rest["cursor"] is None
    assert [(one["design_code"], one["cores"]) for one in first["versions"]] == [("a", 2), ("c", 1)]
    narrowed = ask("qsys.design.list", site="/plant/hall-b/", design="hall").output
    assert [one["device_name"] for one in narrowed["cores"]] == ["Hall B", "Hall C"]
    assert len(ask("qsys.design.list", device="Hall A").output["cores"]) == 1


def test_a_history_tells_what_ran_newest_first(ask: Asking, device: Device) -> None:
    for number, code in enumerate("abc"):
        deploy(device, code, number * 100)
        designs_follow()
    found = ask("qsys.design.history", device="Hall A", limit=2).output
    assert ([one["design_code"] for one in found["runs"]], found["more"]) == (["c", "b"], True)
