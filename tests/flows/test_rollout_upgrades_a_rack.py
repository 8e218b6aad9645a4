"""A rollout upgrades miners: one canary, a person's look, then the rest; each proves itself."""

from typing import Any
from uuid import uuid4

from tests.flows.conftest import Api, until
from tests.flows.test_assistant_upgrades_firmware import NEW_RELEASE, version_by_stranger
from tests.support.plane import Plane

MINERS = ["Miner 01", "Miner 02", "Miner 04"]
PHASES = [
    {"name": "canary", "size": 1, "concurrency": 1, "gate": "manual"},
    {"name": "rest", "concurrency": 2},
]


def look(api: Api, rollout: str) -> dict[str, Any]:
    body = {"rollout": rollout, "limit": 50}
    found: dict[str, Any] = api.call("fleet.rollout.get", input=body).json()["output"]
    return found


def phase_is(api: Api, rollout: str, number: int, state: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        row = look(api, rollout)
        assert row["state"] in ("running", "succeeded"), row
        return row if row["phases"][number]["state"] == state else None

    return until(found, seconds=180)


def runs_new_release(address: str) -> bool:
    """What a client that nobody here wrote reads; on a busy machine it may give up and try anew."""

    def read() -> str | None:
        try:
            return version_by_stranger(address)
        except AssertionError:
            return None

    return NEW_RELEASE in until(read, seconds=120)


def test_canary_first_and_the_rest_after_a_look(
    plane: Plane, devices: dict[str, dict[str, Any]]
) -> None:
    engineer, admin = Api(plane, "engineer"), Api(plane, "admin")
    image = engineer.call("miners.firmware.list", input={}).json()["output"]["images"][0]["id"]
    planned = engineer.call(
        "fleet.rollout.create",
        key=str(uuid4()),
        input={
            "name": "Rack by rack",
            "operation": "miners.firmware.upgrade",
            "input": {"image": image},
            "devices": MINERS,
            "phases": PHASES,
        },
    )
    assert planned.status_code == 200, planned.text
    rollout = planned.json()["output"]["rollout"]

    asked = engineer.call("fleet.rollout.start", input={"rollout": rollout})
    assert asked.status_code == 428, asked.text
    assert len(asked.json()["plan"]["targets"]) == 3
    confirmation = asked.json()["confirmation"]
    begun = engineer.call(
        "fleet.rollout.start", input={"rollout": rollout}, confirmation=confirmation
    )
    assert begun.json()["output"]["state"] == "running", begun.text

    waiting = phase_is(engineer, rollout, 0, "gate")
    assert [one["state"] for one in waiting["members"]] == ["succeeded", "queued", "queued"]
    assert runs_new_release(devices[MINERS[0]]["address"])
    assert not runs_new_release(devices[MINERS[1]]["address"])

    engineer.call("fleet.rollout.advance", input={"rollout": rollout})
    done = phase_is(engineer, rollout, 1, "passed")
    assert [one["state"] for one in done["members"]] == ["succeeded"] * 3
    until(lambda: look(engineer, rollout)["state"] == "succeeded", seconds=60)
    for miner in MINERS[1:]:
        assert runs_new_release(devices[miner]["address"])

    job = done["members"][2]["job"]
    trail = admin.get("/api/v1/audit/", job=job, limit=100)["items"]
    assert {row["verdict"] for row in trail if row["entry"] == "outcome"} == {"ok"}
