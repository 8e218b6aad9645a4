"""Pools by template: worker names filled in, replaced whole, verified, and taken back."""

from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.models import MinerSnapshot, PoolTemplate
from apps.miners.simulator import SimulatedMiner
from apps.operations.outcome import Status
from apps.operations.settle import settle_due
from tests.support import factories
from tests.support.minersite import MinerSite, call, confirmed, lost, outcome_row

SECRET = "pool-password-7f3a"
GROUPS = [
    {
        "name": "main",
        "pools": [
            {
                "url": "stratum+tcp://one.example:3333",
                "user": "acme.{site}-{mac}",
                "password": SECRET,
            },
            {"url": "stratum+ssl://two.example:443", "user": "acme.{ip}"},
        ],
    }
]
WRITTEN = [{"pools": [{"url": "stratum+tcp://x.example:1", "user": "me"}]}]


def urls(miner: SimulatedMiner) -> list[str]:
    return [pool.url for group in miner.state.settings.pool_groups for pool in group.pools]


@pytest.fixture
def template(engineer: Actor, device: Device) -> str:
    Device.system.filter(id=device.id).update(mac="02:b0:05:aa:bb:cc")
    made = call(engineer, "miners.template.save", {"name": "acme", "groups": GROUPS})
    assert made.output == {"name": "acme", "created": True}
    return "acme"


def test_a_template_fills_in_the_worker_and_nobody_sees_the_password(
    miner: SimulatedMiner, device: Device, engineer: Actor, template: str
) -> None:
    data = {"device": device.name, "template": template}
    plan = call(engineer, "miners.pools.set", data)
    assert plan.status is Status.NEEDS_CONFIRMATION
    assert plan.plan is not None
    assert "02b005aabbcc" in str(plan.plan.changes[0].after)
    assert urls(miner) == ["stratum+tcp://stratum.braiins.com:3333"]
    done = call(engineer, "miners.pools.set", data, confirmation=plan.confirmation).output
    assert done is not None
    assert (done["confirmed"], done["working"], done["failover"]) == (True, True, True)
    first, second = miner.state.settings.pool_groups[0].pools
    place = device.site_path.strip("/").rpartition("/")[2]
    assert (first.user, first.password) == (f"acme.{place}-02b005aabbcc", SECRET)
    assert second.user == f"acme.{miner.address.replace('.', 'x')}"
    listed = call(engineer, "miners.template.list", {}).output
    kept = [plan.body(), done, listed, *AuditLog.system.values_list("input", "before", "after")]
    kept += [*PoolTemplate.system.values_list("groups", "sealed")]
    kept += [*MinerSnapshot.system.values_list("sealed")]
    assert SECRET not in repr(kept)


def test_a_password_comes_by_a_template_alone(
    miner: SimulatedMiner, device: Device, engineer: Actor
) -> None:
    before = urls(miner)
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.pools.set", {"device": device.name, "groups": GROUPS})
    assert caught.value.code == Code.INVALID
    assert caught.value.errors[0].path == "groups.0.pools.0.password"
    assert SECRET not in repr(caught.value.errors)
    assert urls(miner) == before


def test_pools_go_back_to_what_they_were_by_undo_and_by_call(
    miner: SimulatedMiner, device: Device, engineer: Actor, template: str
) -> None:
    data = {"device": device.name, "template": template}
    first = confirmed(engineer, "update_pool_config", data).output
    second = confirmed(engineer, "miners.pools.set", {"device": device.name, "groups": WRITTEN})
    assert (urls(miner), second.status) == (["stratum+tcp://x.example:1"], Status.OK)
    undone = confirmed(engineer, "miners.change.undo", {"device": device.name}).output
    assert undone is not None
    assert (undone["what"], undone["confirmed"]) == ("pools", True)
    assert miner.state.settings.pool_groups[0].pools[0].password == SECRET
    assert first is not None
    back = {"device": device.name, "as_before": first["change"]}
    confirmed(engineer, "miners.pools.set", back)
    assert urls(miner) == ["stratum+tcp://stratum.braiins.com:3333"]


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ({"template": "acmee"}, Code.NOT_FOUND, "Did you mean 'acme'?"),
        ({}, Code.INVALID, "only one of them"),
        ({"template": "acme", "groups": WRITTEN}, Code.INVALID, "only one of them"),
        ({"as_before": str(new_id())}, Code.NOT_FOUND, "change of pools"),
        (
            {"groups": [{"pools": [{"url": "http://x", "user": "u"}]}]},
            Code.INVALID,
            "groups",
        ),
        (
            {"groups": [{"pools": [{"url": "stratum+tcp://x:1", "user": "{nam}"}]}]},
            Code.INVALID,
            "Did you mean {name}?",
        ),
        (
            {"groups": [{"pools": [{"url": "stratum+tcp://x:1", "user": "a.{model}"}]}]},
            Code.CONFLICT,
            "not known yet",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(
    miner: SimulatedMiner,
    device: Device,
    engineer: Actor,
    template: str,
    data: dict[str, Any],
    code: Code,
    words: str,
) -> None:
    Device.system.filter(id=device.id).update(model="")
    with pytest.raises(Failure) as caught:
        call(engineer, "miners.pools.set", {"device": device.name, **data})
    assert (caught.value.code, words in caught.value.detail) == (code, True), caught.value.detail
    assert urls(miner) == ["stratum+tcp://stratum.braiins.com:3333"]
    assert not MinerSnapshot.system.exists()


def test_an_operator_reads_pools_and_may_not_set_them(
    site: MinerSite, miner: SimulatedMiner, device: Device, operator: Actor
) -> None:
    found = call(operator, "miners.pools.get", {"device": device.name}).output
    assert found is not None
    assert (found["working"], found["failover"], len(found["pools"])) == (True, False, 1)
    site.fault(miner, "dead_pools")
    found = call(operator, "miners.pools.get", {"device": device.name}).output
    assert found is not None
    assert found["working"] is False
    with pytest.raises(Failure) as caught:
        call(operator, "miners.pools.set", {"device": device.name, "groups": WRITTEN})
    assert caught.value.code is Code.FORBIDDEN
    assert urls(miner) == ["stratum+tcp://stratum.braiins.com:3333"]


def test_a_template_goes_and_belongs_to_the_whole_tenant(
    engineer: Actor, template: str, tenant: Tenant, device: Device
) -> None:
    narrow = factories.actor_of("engineer", tenant, site_path=device.site_path)
    with pytest.raises(Failure) as caught:
        call(narrow, "miners.template.delete", {"name": template})
    assert caught.value.code is Code.FORBIDDEN
    assert PoolTemplate.system.filter(tenant_id=tenant.id).count() == 1
    call(engineer, "miners.template.delete", {"name": template})
    assert not PoolTemplate.system.exists()


def test_a_lost_answer_is_settled(
    site: MinerSite, miner: SimulatedMiner, device: Device, engineer: Actor, clock: ManualClock
) -> None:
    data = {"device": device.name, "groups": WRITTEN}
    plan = call(engineer, "miners.pools.set", data)
    site.fault(miner, "hang", methods=["SetPoolGroups"])
    lost(engineer, "miners.pools.set", data, confirmation=plan.confirmation)
    site.reset(miner)
    clock.advance(60)
    assert settle_due() == 1
    assert outcome_row("miners.pools.set").verdict == "device_rejected"
