"""A miner's password: rotated, proven by a log-in, and never lost between two of them."""

from typing import Any

import orjson
import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Credential, Device
from apps.fleet.services import credential_set, stop_set
from apps.fleet.services.passwords import password_change, password_offer
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.miners.simulator import SimulatedMiner
from apps.operations.settle import settle_due
from tests.support import factories
from tests.support.minersite import MinerSite, call, confirmed, lost, outcome_row

ROTATE = "miners.password.rotate"
FACTORY = "root"


@pytest.fixture
def data(device: Device) -> dict[str, Any]:
    return {"device": device.name}


def refused(actor: Actor, data: dict[str, Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        confirmed(actor, ROTATE, data)
    return caught.value


def test_the_miner_gets_a_password_that_only_the_plane_knows(
    miner: SimulatedMiner, device: Device, engineer: Actor, data: dict[str, Any]
) -> None:
    found = confirmed(engineer, ROTATE, data)
    assert found.output == {"device": str(device.id), "proven": True}
    new = miner.state.settings.password
    assert (len(new), new.isalnum()) == (32, True)
    assert new != FACTORY
    stored = orjson.loads(keyring().unseal(bytes(Credential.objects.get(device=device).sealed)))
    assert stored == {
        "username": "root",
        "password": new,
        "changed_by": str(found.call_id),
    }
    miner.state.tokens.drop_all()
    assert call(engineer, "miners.miner.status", data).output is not None
    told = [str(vars(row)) for row in AuditLog.system.filter(operation=ROTATE)]
    assert told
    assert not any(new in one for one in told)


def test_two_rotations_make_two_passwords(
    miner: SimulatedMiner, engineer: Actor, data: dict[str, Any]
) -> None:
    confirmed(engineer, ROTATE, data)
    first = miner.state.settings.password
    confirmed(engineer, ROTATE, data)
    assert miner.state.settings.password not in (FACTORY, first)


def test_a_plan_tells_nothing_of_the_password_and_changes_nothing(
    miner: SimulatedMiner, device: Device, engineer: Actor, data: dict[str, Any]
) -> None:
    found = call(engineer, ROTATE, data, dry_run=True)
    assert found.plan is not None
    assert found.plan.changes[0].after == "known to this plane alone"
    assert miner.state.settings.password == FACTORY
    assert password_change(device).offered == ""


def test_a_miner_that_keeps_its_old_password_is_told_of(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, data: dict[str, Any]
) -> None:
    site.fault(miner, "old_password")
    failure = refused(engineer, data)
    assert failure.code is Code.DEVICE_REJECTED
    assert "has its old password still" in failure.detail
    change = password_change(device)
    assert (change.password, change.offered) == (FACTORY, "")


@pytest.mark.parametrize("took", [True, False])
def test_an_answer_that_was_lost_is_settled_by_what_the_miner_takes(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    clock: ManualClock,
    data: dict[str, Any],
    took: bool,
) -> None:
    key = str(new_id())
    plan = call(engineer, ROTATE, data, key=key)
    site.fault(miner, "hang", methods=["SetPassword"])
    lost(engineer, ROTATE, data, key=key, confirmation=plan.confirmation)
    offered = password_change(device).offered
    assert len(offered) == 32
    site.reset(miner)
    miner.state.settings.password = offered if took else FACTORY
    miner.state.tokens.drop_all()
    # Whichever it is, the plane gets in meanwhile.
    assert call(engineer, "miners.miner.status", data).output is not None
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row(ROTATE).verdict == ("ok" if took else "device_rejected")
    change = password_change(device)
    assert (change.password, change.offered) == (offered if took else FACTORY, "")


def test_a_miner_that_takes_neither_keeps_both_until_somebody_says_which(
    site: MinerSite,
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    clock: ManualClock,
    data: dict[str, Any],
) -> None:
    password_offer(device, "the-new-one", call_id=new_id())
    miner.state.settings.password = "somebody else's"
    miner.state.tokens.drop_all()
    failure = refused(engineer, data)
    assert failure.code is Code.DEVICE_REJECTED
    assert password_change(device).offered == "the-new-one"
    credential_set(device, {"username": "root", "password": "somebody else's"})
    confirmed(engineer, ROTATE, data)
    assert miner.state.settings.password == password_change(device).password


def test_a_rotation_after_one_whose_end_was_not_seen_begins_with_what_the_miner_takes(
    miner: SimulatedMiner, device: Device, engineer: Actor, data: dict[str, Any]
) -> None:
    password_offer(device, "told-and-taken", call_id=new_id())
    miner.state.settings.password = "told-and-taken"
    miner.state.tokens.drop_all()
    confirmed(engineer, ROTATE, data)
    assert miner.state.settings.password == password_change(device).password
    assert password_change(device).password != "told-and-taken"


def test_denied_and_stopped_leave_the_password(
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    operator: Actor,
    tenant: Tenant,
    data: dict[str, Any],
) -> None:
    assert refused(operator, data).code is Code.FORBIDDEN
    stop_set(tenant_id=tenant.id, path=device.site_path, set_by="somebody", reason="fire")
    assert refused(engineer, data).code is Code.CONFLICT
    assert miner.state.settings.password == FACTORY
    assert password_change(device).offered == ""


def test_without_a_stored_password_there_is_nothing_to_rotate(
    miner: SimulatedMiner, tenant: Tenant, engineer: Actor
) -> None:
    bare = factories.device(tenant, kind="miner", name="Bare", driver="braiins")
    failure = refused(engineer, {"device": bare.name})
    assert failure.code is Code.CONFLICT
    assert "fleet.credential.set" in failure.detail
    assert miner.state.history.entries("password") == []
