import re

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.simulator import FIRMWARE, SimulatedMiner
from apps.operations.failures import is_retryable
from tests.support import factories
from tests.support.minersite import MinerSite, call


def test_a_miner_tells_how_it_is(miner: SimulatedMiner, device: Device, tenant: Tenant) -> None:
    viewer = factories.actor_of("viewer", tenant)
    output = call(viewer, "miners.miner.status", {"device": device.name}).output
    assert output is not None
    assert (output["status"], output["firmware"]) == ("normal", FIRMWARE)
    assert output["power_target_watts"] == 3068
    assert 95 < output["terahash_5s"] < 110
    assert output["uptime_s"] >= 86_400
    assert output["errors"] == []


def test_faults_it_reports_are_passed_on(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    site.fault(miner, "error", message="PSU overcurrent")
    output = call(operator, "get_miner_status", {"device": str(device.id)}).output
    assert output is not None
    assert output["errors"] == ["PSU overcurrent"]


def test_reading_leaves_no_row(device: Device, operator: Actor) -> None:
    call(operator, "miners.miner.status", {"device": device.name})
    assert AuditLog.system.filter(operation="miners.miner.status").count() == 0


def test_a_silent_miner_is_unreachable(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    site.fault(miner, "refuse")
    with pytest.raises(Failure) as caught:
        call(operator, "miners.miner.status", {"device": device.name})
    assert caught.value.code is Code.UNREACHABLE


def test_a_miner_that_hangs_is_a_timeout_and_may_be_asked_again(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    site.fault(miner, "mute")
    with pytest.raises(Failure) as caught:
        call(operator, "miners.miner.status", {"device": device.name}, time_limit=0.4)
    assert caught.value.code is Code.TIMEOUT
    assert is_retryable(caught.value)
    assert re.search(r"within 0\.\d s", caught.value.detail)


def test_another_tenant_s_miner_is_not_found(device: Device) -> None:
    foreign = factories.actor_of("admin")
    with pytest.raises(Failure) as caught:
        call(foreign, "miners.miner.status", {"device": str(device.id)})
    assert caught.value.code is Code.NOT_FOUND


def test_a_core_is_no_miner(tenant: Tenant, operator: Actor) -> None:
    core = factories.device(tenant)
    with pytest.raises(Failure) as caught:
        call(operator, "miners.miner.status", {"device": core.name})
    assert caught.value.code is Code.NOT_FOUND


def test_old_firmware_without_a_command_says_so(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    site.fault(miner, "unimplemented", methods=["GetLocateDeviceStatus"])
    with pytest.raises(Failure) as caught:
        call(operator, "miners.miner.status", {"device": device.name})
    assert caught.value.code is Code.DEVICE_REJECTED
    assert "does not have that command" in caught.value.detail
