"""Bad input in a schedule: refused when it is saved, or told in the table's words when it fires."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from apps.kernel.errors import Code
from tests.contract.bad_input import GAIN, PAUSE, SET, Scene, issued, require
from tests.contract.faces import Rest, Said
from tests.support.controls import MinerControl
from tests.support.engines import until

pytestmark = [pytest.mark.flow, pytest.mark.xdist_group("plane")]

POWER = "miners.power.set"
CREATE = "jobs.schedule.create"


def save(rest: Rest, operation: str, data: dict[str, Any]) -> Said:
    """Ask for a schedule that is not due for a long while."""
    wanted = {"name": uuid4().hex, "operation": operation, "input": data, "cron": "0 0 1 1 *"}
    return rest.call(CREATE, wanted)


@dataclass(frozen=True)
class Refused:
    """What is asked, its row of the table, a word of the answer, and whether it is a denial."""

    operation: str
    data: dict[str, Any]
    code: Code
    word: str
    denied: bool = False


REFUSED = {
    "wrong type": Refused(SET, {**GAIN, "value": "loud"}, Code.INVALID, "input.value"),
    "text for a number": Refused(SET, {**GAIN, "value": "1"}, Code.INVALID, "input.value"),
    "digits as text": Refused(
        POWER, {"device": "Miner 02", "watts": "900"}, Code.INVALID, "input.watts"
    ),
    "unknown field": Refused(SET, {**GAIN, "valeu": 1.0}, Code.INVALID, "'value'"),
    "missing field": Refused(POWER, {"device": "Miner 02"}, Code.INVALID, "is needed"),
    "unknown operation": Refused("qsys.control.sett", {}, Code.NOT_FOUND, "may see", denied=True),
    "unknown device": Refused(
        SET, {**GAIN, "device": str(uuid4()), "value": 1.0}, Code.NOT_FOUND, "may see", denied=True
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused_when_it_is_saved(scene: Scene, case: str) -> None:
    wrong, rest = REFUSED[case], Rest(scene.plane, scene.plane.key("engineer"))
    seen = len(scene.witness.denials(wrong.operation)) + len(scene.witness.denials(CREATE))
    with scene.unchanged():
        said = save(rest, wrong.operation, wrong.data)
    require(said, wrong.code, rest)
    assert wrong.word in said.text
    now = len(scene.witness.denials(wrong.operation)) + len(scene.witness.denials(CREATE))
    assert (now > seen) is wrong.denied


def test_a_device_of_another_tenant_sounds_like_none(scene: Scene) -> None:
    foreign = next(one for one in scene.plane.demo["devices"] if one["tenant"] == "other")
    rest = Rest(scene.plane, scene.plane.key("engineer"))
    with scene.unchanged():
        said = save(rest, SET, {**GAIN, "device": foreign["id"], "value": 1.0})
    require(said, Code.NOT_FOUND, rest)
    assert foreign["name"] not in said.text


@pytest.mark.parametrize(
    ("scopes", "operation", "data"),
    [
        (["jobs.configure"], SET, {**GAIN, "value": -3.0}),
        (["fleet:read", "fleet:write"], PAUSE, {"device": "Miner 02"}),
    ],
)
def test_a_narrow_key_saves_nothing_that_it_could_not_do(
    scene: Scene, scopes: list[str], operation: str, data: dict[str, Any]
) -> None:
    rest = Rest(scene.plane, issued(scene, scopes=scopes)["secret"])
    with scene.unchanged():
        said = save(rest, operation, data)
    require(said, Code.FORBIDDEN, rest)


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(
    ("miner", "fault", "code"),
    [("Miner 03", "refuse", Code.UNREACHABLE), ("Miner 04", "mute", Code.TIMEOUT)],
)
def test_a_device_that_does_not_answer_is_told_when_it_fires(
    scene: Scene, miner: str, fault: str, code: Code
) -> None:
    control = MinerControl(scene.plane, scene.device(miner)["address"])
    before = control.history("power_target")
    fired = fire(
        scene,
        POWER,
        {"device": miner, "watts": 2500},
        meanwhile=lambda: control.tell("fault", fault=fault),
    )
    control.tell("heal")
    assert fired["last_verdict"] == code
    assert control.history("power_target") == before


def test_an_emergency_stop_is_told_when_it_fires(scene: Scene) -> None:
    rest, miner = Rest(scene.plane, scene.plane.key("engineer")), "Miner 05"
    control = MinerControl(scene.plane, scene.device(miner)["address"])
    before = control.history("power_target")
    stop = rest.call("fleet.stop.set", {"site": "/"}).body["output"]["stop"]
    fired = fire(scene, POWER, {"device": miner, "watts": 2500})
    asked = rest.call("fleet.stop.lift", {"stop": stop})
    assert (
        rest.call("fleet.stop.lift", {"stop": stop}, confirmation=asked.body["confirmation"]).http
        == 200
    )
    assert (fired["last_verdict"], stop in fired["last_detail"]) == (Code.CONFLICT, True)
    assert control.history("power_target") == before


def fire(
    scene: Scene,
    operation: str,
    data: dict[str, Any],
    *,
    meanwhile: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Save a schedule, let its time come, and wait until it has called; its row afterwards."""
    rest = Rest(scene.plane, scene.plane.key("engineer"))
    said = save(rest, operation, data)
    assert said.http == 200, said.text
    number = said.body["output"]["schedule"]
    meanwhile()
    scene.witness.run("UPDATE jobs_schedule SET next_run_at = now() WHERE id = %s", number)

    def row() -> dict[str, Any]:
        return dict(rest.client.get(f"/api/v1/schedules/{number}/").json())

    until(lambda: bool(row()["last_verdict"]), 60, lambda: str(row()))
    found = row()
    rest.call("jobs.schedule.delete", {"schedule": number})
    return found
