"""A name that the Core does not know is answered with the field, what there is, and a guess."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.kernel.errors import Code, Failure
from apps.operations.outcome import Outcome
from apps.qsys.models import Control
from apps.qsys.models import Core as CoreRow
from apps.qsys.selectors.names import NAMES_MOST
from apps.qsys.services.names import SHOWN_MOST
from apps.qsys.simulator import Core, CoreHost, demo_design
from tests.unit.qsys.operations.conftest import running
from tests.unit.qsys.operations.test_reading import refusal

Calling = Callable[..., Outcome]
FILE = {"name": "Rain.mp3", "output": 1}
GAIN = {"component": "Lobby Gain", "control": "gain", "value": -6.0}
TO_MIXER = {"what": "SetInputGain", "value": -6.0, "inputs": "1"}

#: Operation, input, and the field and guess of its refusal.
WRONG: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("qsys.control.get", {"component": "Loby Gain"}, "component", "Lobby Gain"),
    (
        "qsys.control.get",
        {"component": "Lobby Gain", "controls": ["gain", "muet"]},
        "controls.1",
        "mute",
    ),
    ("qsys.control.set", {**GAIN, "component": "Lobby Gian"}, "component", "Lobby Gain"),
    ("qsys.control.set", {**GAIN, "control": "gian"}, "control", "gain"),
    ("qsys.control.set", {"control": "LobbyGian", "value": -6.0}, "control", "LobbyGain"),
    (
        "qsys.control.batch",
        {"settings": [GAIN, {"component": "Lobby Gain", "control": "mut", "value": True}]},
        "settings.1.control",
        "mute",
    ),
    ("qsys.mixer.set", {"mixer": "Main Mixr", **TO_MIXER}, "mixer", "Main Mixer"),
    ("qsys.snapshot.load", {"bank": "Snapshot Control", "slot": 1}, "bank", "Snapshot Controller"),
    ("qsys.player.start", {"player": "Loop Plaier", "files": [FILE]}, "player", "Loop Player"),
    ("qsys.player.stop", {"player": "LoopPlayer", "outputs": [1]}, "player", "Loop Player"),
)


@pytest.fixture
def host() -> Iterator[CoreHost]:
    """A Core whose design has a mixer and a loop player."""
    yield from running(Core(demo_design(400, 2)))


@pytest.fixture
def known(device: Device, host: CoreHost) -> None:
    """What a poller would have read of the running design, and one control of an older one."""
    code = host.core.code
    CoreRow.system.create(device=device, design_code=code)
    rows = [
        Control(
            device=device,
            component=name,
            name=one.name,
            type=one.spec.type,
            direction=one.spec.direction,
            design_code=code,
        )
        for name, owner in host.core.components.items()
        if name != "Hidden Script"
        for one in owner.controls.values()
    ]
    rows += [
        Control(device=device, component="", name=n, design_code=code) for n in host.core.named
    ]
    rows += [Control(device=device, component="Loby Gain", name="gain", design_code="old")]
    Control.system.bulk_create(rows)


def told(failure: Failure) -> tuple[str, str, str]:
    """Field, message and what is allowed, of the one error."""
    assert failure.code is Code.NOT_FOUND
    (error,) = failure.errors
    assert error.message in failure.detail
    return error.path, error.message, error.allowed or ""


@pytest.mark.parametrize(("operation", "given", "field", "guess"), WRONG)
def test_a_wrong_name_is_told_with_its_field_and_the_nearest(
    call: Calling, known: None, host: CoreHost, operation: str, given: Any, field: str, guess: str
) -> None:
    failure = refusal(call, operation, **given)
    path, message, allowed = told(failure)
    assert path == field
    assert f"Did you mean {guess!r}?" in message
    assert allowed.startswith(guess)
    asked = ("Component.GetComponents", "Component.GetControls")
    tried = 1 if operation == "qsys.mixer.set" or given == {"component": "Loby Gain"} else 0
    assert sum(host.core.counts[method] for method in asked) == tried
    assert host.core.control("Lobby Gain", "gain").value == -20.0


@pytest.mark.parametrize(
    ("given", "guess"),
    [({"component": "Lobby Gian"}, "Lobby Gain"), ({"control": "gian"}, "gain")],
)
def test_a_core_that_nobody_polled_is_asked_for_its_names(
    call: Calling, host: CoreHost, given: dict[str, str], guess: str
) -> None:
    _, message, _ = told(refusal(call, "qsys.control.set", **{**GAIN, **given}))
    assert f"Did you mean {guess!r}?" in message
    assert host.core.counts["Component.Set"] == 0


def test_a_name_like_none_is_told_what_a_core_shows(call: Calling, known: None) -> None:
    failure = refusal(call, "qsys.control.get", component="zzz")
    _, message, allowed = told(failure)
    assert "Did you mean" not in message
    assert "Script Access" in failure.detail
    assert allowed.startswith("Amplifier 1, Bar/Café - Süd, Core Status, ")
    assert "Hidden Script" not in allowed


def test_of_very_many_names_those_that_begin_alike_are_looked_through(
    call: Calling, known: None, device: Device, host: CoreHost
) -> None:
    Control.system.bulk_create(
        Control(device=device, component="Lobby Gain", name=f"send.{n}", design_code=host.core.code)
        for n in range(NAMES_MOST)
    )
    _, message, allowed = told(refusal(call, "qsys.control.set", **{**GAIN, "control": "gian"}))
    assert "Did you mean 'gain'?" in message
    assert allowed == "gain"
    _, _, allowed = told(refusal(call, "qsys.control.set", **{**GAIN, "control": "sned.1"}))
    assert allowed.count(",") == SHOWN_MOST - 1
    assert allowed.endswith(f" and {NAMES_MOST - SHOWN_MOST} more")


def test_what_an_older_design_had_is_not_blamed_on_the_caller(
    call: Calling, known: None, host: CoreHost, device: Device
) -> None:
    code = host.core.code
    Control.system.create(
        device=device, component="Gone", name="gain", direction="Read/Write", design_code=code
    )
    failure = refusal(call, "qsys.snapshot.load", bank="Snapshot Controller", slot=1)
    assert failure.code is Code.NOT_FOUND
    assert failure.errors == ()


def test_the_guess_stays_within_what_a_core_may_be_called(
    call: Calling, known: None, device: Device, host: CoreHost
) -> None:
    long = f"Lobby Gain {'x' * 200}"
    Control.system.create(device=device, component=long, name="gain", design_code=host.core.code)
    _, message, allowed = told(refusal(call, "qsys.control.get", component=f"{long}y"))
    assert long not in message.partition("Did you mean")[2]
    assert long not in allowed
    assert len(message) < 300
