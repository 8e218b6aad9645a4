"""Policies bind every call that writes to a Core, in its plan and right before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status
from apps.qsys.models import ControlPolicy
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.support import factories
from tests.unit.qsys.operations.conftest import running
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
Saving = Callable[..., Outcome]
GAIN = {"component": "Lobby Gain", "control": "gain"}
BANK = "Snapshot Controller"
WRITING = (
    "Component.Set", "Control.Set", "Snapshot.Load", "Snapshot.Save", "LoopPlayer.Start",
    "LoopPlayer.Stop", "LoopPlayer.Cancel", "Mixer.SetInputGain", "Mixer.SetInputMute",
)  # fmt: skip

#: Every operation that writes, on a component of its own, and that component.
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("qsys.control.set", "Lobby Gain", {**GAIN, "value": -6.0}),
    ("qsys.control.batch", "Lobby Gain", {"settings": [{**GAIN, "value": -6.0}]}),
    ("qsys.mixer.set", "Main Mixer", {
        "mixer": "Main Mixer", "what": "SetInputGain", "inputs": "1", "value": -6.0,
    }),
    ("qsys.mixer.set", "Main Mixer", {
        "mixer": "Main Mixer", "what": "SetInputMute", "inputs": "*", "value": True,
    }),
    ("qsys.snapshot.load", BANK, {"bank": BANK, "slot": 1}),
    ("qsys.snapshot.save", BANK, {"bank": BANK, "slot": 1}),
    ("qsys.player.start", "Loop Player", {
        "player": "Loop Player", "files": [{"name": "Rain.mp3", "output": 1}],
    }),
    ("qsys.player.stop", "Loop Player", {"player": "Loop Player", "outputs": [1]}),
]  # fmt: skip


def sent(host: CoreHost) -> int:
    """How many commands that change something the Core has seen."""
    return sum(host.core.counts[method] for method in WRITING)


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A Core whose design is large enough for a mixer."""
    yield from running(Core(demo_design(700, 2)))


@pytest.fixture
def engineer(device: Device) -> Actor:
    return factories.actor_of("engineer", device.tenant)


@pytest.fixture
def save(engineer: Actor) -> Saving:
    """Saves a policy of the whole tenant."""

    def saving(**members: Any) -> Outcome:
        given = {"name": "House", **members}
        return invoke(
            Call(operation="qsys.policy.save", input=given, actor=engineer, face=Face.REST)
        )

    return saving


@pytest.mark.parametrize(("operation", "component", "members"), WRITES)
def test_what_is_protected_is_refused_in_the_plan_and_nothing_is_sent(
    call: Calling,
    host: CoreHost,
    save: Saving,
    engineer: Actor,
    operation: str,
    component: str,
    members: Any,
) -> None:
    save(component=component.lower(), protected=True, note="Life safety.")
    plan = call(operation, by=engineer, _dry_run=True, **members).plan
    assert plan is not None
    assert not plan.runnable
    assert "'House' (Life safety.)" in plan.refusals[0].reason
    failure = refusal(call, operation, by=engineer, **members)
    assert failure.code is Code.CONFLICT
    assert failure.detail.startswith("Nothing was sent.")
    assert "it is protected, by the policy 'House' (Life safety.)" in failure.detail
    assert "qsys.configure may change the policy" in failure.detail
    assert "It holds at all times." in failure.detail
    assert sent(host) == 0


def test_an_undo_is_a_change_like_any_other(call: Calling, host: CoreHost, save: Saving) -> None:
    call("qsys.control.set", **GAIN, value=-6)
    save(component="Lobby Gain", controls=["gain"], protected=True)
    plan = call("qsys.change.undo", _dry_run=True).plan
    assert plan is not None
    assert not plan.runnable
    before = sent(host)
    assert "is protected" in refusal(call, "qsys.change.undo").detail
    assert sent(host) == before
    assert host.core.control("Lobby Gain", "gain").value == -6


def test_one_refused_control_stops_its_whole_batch(
    call: Calling, host: CoreHost, save: Saving
) -> None:
    save(component="Lobby Gain", controls=["mute"], protected=True)
    settings = [{**GAIN, "value": -6.0}, {**GAIN, "control": "mute", "value": True}]
    refusal(call, "qsys.control.batch", settings=settings)
    assert sent(host) == 0
    call("qsys.control.batch", settings=settings[:1])
    assert host.core.control("Lobby Gain", "gain").value == -6


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ({"value": -14.0}, True),
        ({"value": -13.9}, False),
        ({"value": -13.9, "ramp": 30}, False),
        ({"string": "-14.0dB"}, True),
        ({"string": "-13.0dB"}, False),
        ({"string": "loud"}, False),
        ({"position": 0.7}, False),
    ],
)
def test_a_step_is_measured_from_what_the_control_is_now(
    call: Calling, host: CoreHost, save: Saving, asked: dict[str, Any], allowed: bool
) -> None:
    save(component="*Gain", controls=["gain"], max_step=6)
    if allowed:
        call("qsys.control.set", **GAIN, **asked)
        assert host.core.control("Lobby Gain", "gain").value == -14
        return
    assert "may move by 6 at once" in refusal(call, "qsys.control.set", **GAIN, **asked).detail
    assert sent(host) == 0


def test_a_range_holds_for_mixers_and_batches_too(
    call: Calling, host: CoreHost, save: Saving
) -> None:
    save(controls=["*gain"], maximum=-10)
    mixer = {"mixer": "Main Mixer", "what": "SetInputGain", "inputs": "*", "value": -6.0}
    assert "may be at most -10, and -6 is not" in refusal(call, "qsys.mixer.set", **mixer).detail
    settings = [{**GAIN, "value": -6.0}]
    assert "at most -10" in refusal(call, "qsys.control.batch", settings=settings).detail
    assert sent(host) == 0
    call("qsys.mixer.set", **{**mixer, "value": -12.0})
    assert host.core.control("Main Mixer", "input.1.gain").value == -12


def test_a_recall_is_judged_by_what_earlier_ones_have_shown(
    call: Calling, host: CoreHost, save: Saving
) -> None:
    call("qsys.control.set", **GAIN, value=-50)
    call("qsys.snapshot.load", bank=BANK, slot=1)
    call("qsys.control.set", **GAIN, value=-50)
    plan = call("qsys.snapshot.load", bank=BANK, slot=1, _dry_run=True).plan
    assert plan is not None
    shown = {one.what: (one.before, one.after) for one in plan.changes}
    assert shown["Lobby Gain / gain"][1] == -20
    save(component="Lobby Gain", max_step=6)
    before = sent(host)
    failure = refusal(call, "qsys.snapshot.load", bank=BANK, slot=1)
    assert "from -50 that is to -44, not to -20" in failure.detail
    assert sent(host) == before


def test_a_show_is_over_at_its_end(call: Calling, host: CoreHost, save: Saving) -> None:
    save(protected=True, windows=["mon-fri 20:00-23:00"], time_zone="Europe/Prague", note="Show.")
    with clock.using(clock.ManualClock(datetime(2026, 6, 1, 19, tzinfo=UTC))):
        failure = refusal(call, "qsys.control.set", **GAIN, value=-6)
    assert "It holds until 2026-06-01 21:00 UTC (Mon 23:00 Europe/Prague)." in failure.detail
    assert sent(host) == 0
    with clock.using(clock.ManualClock(datetime(2026, 6, 1, 21, tzinfo=UTC))):
        call("qsys.control.set", **GAIN, value=-6)
    assert host.core.control("Lobby Gain", "gain").value == -6


def test_a_permission_frees_whoever_holds_it(
    call: Calling, host: CoreHost, save: Saving, engineer: Actor
) -> None:
    save(protected=True, unless="qsys.configure")
    failure = refusal(call, "qsys.control.set", **GAIN, value=-6)
    assert "Whoever holds qsys.configure (engineer, admin) may do it." in failure.detail
    assert sent(host) == 0
    call("qsys.control.set", by=engineer, **GAIN, value=-6)
    assert sent(host) == 1


def test_a_reason_is_asked_for(call: Calling, host: CoreHost, save: Saving) -> None:
    save(require_reason=True)
    assert "needs a reason" in refusal(call, "qsys.control.set", **GAIN, value=-6).detail
    assert sent(host) == 0
    call("qsys.control.set", **GAIN, value=-6, _reason="sound check")
    assert sent(host) == 1


def test_a_second_person_grants_the_plan(
    call: Calling, host: CoreHost, save: Saving, device: Device
) -> None:
    save(component="Lobby Gain", second_person=True)
    given = {**GAIN, "value": -6.0}
    planned = call("qsys.control.set", **given)
    assert planned.status is Status.NEEDS_CONFIRMATION
    waiting = call("qsys.control.set", **given, _confirmation=planned.confirmation)
    assert waiting.status is Status.NEEDS_APPROVAL
    assert waiting.approval is not None
    assert sent(host) == 0
    approver = factories.actor_of("approver", device.tenant)
    grant = {"approval": str(waiting.approval.id)}
    invoke(Call(operation="operations.approval.grant", input=grant, actor=approver, face=Face.REST))
    done = call("qsys.control.set", **given, _confirmation=waiting.confirmation)
    assert done.status is Status.OK
    assert host.core.control("Lobby Gain", "gain").value == -6
    assert call("qsys.mixer.set", **WRITES[3][2]).status is Status.OK


@pytest.mark.parametrize(
    ("where", "binds"),
    [
        ({"site": "/plant/"}, True),
        ({"tag": "stage"}, False),
        ({"enabled": False}, False),
        ({"component": ""}, False),
        ({"controls": ["mute", "g?in"]}, True),
    ],
)
def test_a_policy_binds_where_it_holds(
    call: Calling, save: Saving, device: Device, where: dict[str, Any], binds: bool
) -> None:
    if "site" in where:
        top = f"/{device.site_path.split('/')[1]}/"
        factories.site(device.tenant, top)
        where = {"site": top}
    save(protected=True, **where)
    plan = call("qsys.control.set", **GAIN, value=-6, _dry_run=True).plan
    assert plan is not None
    assert bool(plan.refusals) is binds


def test_another_tenants_policy_binds_nobody_here(call: Calling, host: CoreHost) -> None:
    other = factories.tenant("elsewhere")
    ControlPolicy.system.create(tenant=other, name="House", controls=["*"], protected=True)
    call("qsys.control.set", **GAIN, value=-6)
    assert sent(host) == 1


def test_saving_again_changes_the_policy_and_deleting_ends_it(
    call: Calling, host: CoreHost, save: Saving, engineer: Actor
) -> None:
    first = save(protected=True).output
    again = save(max_step=20, protected=False).output
    assert first is not None
    assert again is not None
    assert (first["created"], again["created"]) == (True, False)
    assert first["policy"] == again["policy"]
    call("qsys.control.set", **GAIN, value=-6)
    save(protected=True)
    delete = Call(
        operation="qsys.policy.delete",
        input={"policy": first["policy"]},
        actor=engineer,
        face=Face.REST,
    )
    assert invoke(delete).output == {"policy": first["policy"], "name": "House"}
    call("qsys.control.set", **GAIN, value=-7)
    assert sent(host) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "demands nothing"),
        ({"minimum": 5, "maximum": 1}, "minimum is greater"),
        ({"protected": True, "unless": "everybody"}, "no permission"),
        ({"protected": True, "outside": True}, "outside needs windows"),
        ({"protected": True, "windows": ["evenings"]}, "write days and hours"),
        ({"protected": True, "time_zone": "Mars/Base"}, "IANA time zone"),
        ({"protected": True, "name": "emergency lock"}, "qsys.lock.set"),
        ({"max_step": -1}, "max_step"),
        ({"protected": True, "device": "x", "site": "/plant/"}, "not both"),
    ],
)
def test_a_policy_that_makes_no_sense_is_not_kept(
    save: Saving, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(Failure) as caught:
        save(**wrong)
    assert caught.value.code is Code.INVALID
    assert words in caught.value.detail
    assert not ControlPolicy.system.exists()


def test_an_operator_makes_no_policy(call: Calling, device: Device, operator: Actor) -> None:
    failure = refusal(call, "qsys.policy.save", name="Mine", protected=True)
    assert failure.code is Code.FORBIDDEN
    assert not ControlPolicy.system.exists()


# -- the emergency lock


def test_a_lock_stops_everybody_but_holders_of_a_permission(
    call: Calling, host: CoreHost, device: Device, engineer: Actor
) -> None:
    locked = call("qsys.lock.set", by=engineer, _reason="A rehearsal went wrong.").output
    assert locked is not None
    assert locked["place"] == device.name
    failure = refusal(call, "qsys.control.set", by=engineer, **GAIN, value=-6)
    assert "it is locked, by the lock 'Emergency lock'" in failure.detail
    assert "A rehearsal went wrong." in failure.detail
    assert "Whoever holds qsys.administer (admin) may do it." in failure.detail
    assert f"qsys.lock.clear ends it (lock {locked['lock']})." in failure.detail
    assert sent(host) == 0
    call("qsys.control.set", by=factories.actor_of("admin", device.tenant), **GAIN, value=-6)
    assert sent(host) == 1
    assert call("qsys.control.get", component="Lobby Gain").output
    clearing = Call(
        operation="qsys.lock.clear",
        input={"lock": locked["lock"]},
        actor=engineer,
        face=Face.REST,
        reason="All is well.",
    )
    invoke(clearing)
    call("qsys.control.set", **GAIN, value=-7)
    assert sent(host) == 2


def test_a_lock_needs_a_reason_and_a_second_one_changes_nothing(
    call: Calling, engineer: Actor
) -> None:
    assert refusal(call, "qsys.lock.set", by=engineer).code is Code.INVALID
    assert not ControlPolicy.system.exists()
    first = call("qsys.lock.set", by=engineer, _reason="Smoke.").output
    again = call("qsys.lock.set", by=engineer, _reason="Smoke.").output
    assert first is not None
    assert again is not None
    assert (first["created"], again["created"]) == (True, False)
    failure = refusal(call, "qsys.lock.set", by=engineer, unless="", _reason="Smoke.")
    assert failure.code is Code.CONFLICT
    assert ControlPolicy.system.get().unless == "qsys.administer"


def test_an_operator_neither_locks_nor_unlocks(
    call: Calling, engineer: Actor, operator: Actor
) -> None:
    assert refusal(call, "qsys.lock.set", _reason="Smoke.").code is Code.FORBIDDEN
    assert not ControlPolicy.system.exists()
    locked = call("qsys.lock.set", by=engineer, _reason="Smoke.").output
    assert locked is not None
    clearing = Call(
        operation="qsys.lock.clear",
        input={"lock": locked["lock"]},
        actor=operator,
        face=Face.REST,
        reason="All is well.",
    )
    with pytest.raises(Failure) as caught:
        invoke(clearing)
    assert caught.value.code is Code.FORBIDDEN
    assert ControlPolicy.system.get().lock
