"""Forgetting all settings and leaving for other firmware: granted by a second person first."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.ids import new_id
from apps.miners.simulator import SimulatedMiner
from apps.operations.outcome import Outcome, Status
from apps.operations.settle import settle_due
from tests.support import factories
from tests.support.minersite import MinerSite, call, lost, outcome_row


def waiting(actor: Actor, operation: str, data: dict[str, Any], key: str) -> Outcome:
    """The call up to where a second person is needed."""
    plan = call(actor, operation, data, key=key)
    assert plan.status is Status.NEEDS_CONFIRMATION
    found = call(actor, operation, data, key=key, confirmation=plan.confirmation)
    assert found.status is Status.NEEDS_APPROVAL, found
    return found.model_copy(update={"confirmation": plan.confirmation})


def granted(actor: Actor, tenant: Tenant, operation: str, device: Device, key: str) -> str:
    """The confirmation of a call that somebody else granted."""
    found = waiting(actor, operation, {"device": device.name}, key)
    assert found.approval is not None
    assert found.confirmation is not None
    approver = factories.actor_of("approver", tenant)
    call(approver, "operations.approval.grant", {"approval": str(found.approval.id)})
    return found.confirmation


@pytest.mark.parametrize(
    ("operation", "what"),
    [("miners.miner.reset", "factory_reset"), ("miners.stock.restore", "restore_stock")],
)
def test_nothing_happens_before_a_second_person_grants_it(
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    operation: str,
    what: str,
) -> None:
    key = str(new_id())
    confirmation = granted(engineer, tenant, operation, device, key)
    assert miner.state.history.entries(what) == []
    data = {"device": device.name}
    found = call(engineer, operation, data, key=key, confirmation=confirmation)
    assert found.output is not None
    assert (found.output["begun"], len(miner.state.history.entries(what))) == (True, 1)
    assert found.output["advice"].endswith(".")


def test_a_reset_whose_answer_was_lost_is_seen_by_the_password(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    key = str(new_id())
    confirmation = granted(engineer, tenant, "factory_reset", device, key)
    site.fault(miner, "hang", methods=["FactoryReset"])
    lost(engineer, "factory_reset", {"device": device.name}, key=key, confirmation=confirmation)
    site.reset(miner)
    miner.state.settings.password = "the maker's"
    miner.state.tokens.drop_all()
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row("miners.miner.reset").verdict == "ok"


def test_a_miner_that_runs_on_did_not_leave(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    tenant: Tenant,
    clock: ManualClock,
) -> None:
    key = str(new_id())
    confirmation = granted(engineer, tenant, "miners.stock.restore", device, key)
    site.fault(miner, "hang", methods=["RestoreStock"])
    data = {"device": device.name}
    lost(engineer, "miners.stock.restore", data, key=key, confirmation=confirmation)
    site.fault(miner, "refuse")
    clock.advance(60)
    assert settle_due() == 0
    site.reset(miner)
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row("miners.stock.restore").verdict == "device_rejected"
