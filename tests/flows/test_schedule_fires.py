"""A power target at a time, as in a tariff: the schedule fires through beat and runs as itself."""

import uuid
from typing import Any

from tests.flows.conftest import Api, until
from tests.support.plane import Plane

MINER = "Miner 03"
WATTS = 2900


def test_power_schedule_fires_through_beat_under_its_own_actor(
    plane: Plane, admin: Api, devices: dict[str, dict[str, Any]]
) -> None:
    engineer = Api(plane, "engineer")
    name = f"night tariff {uuid.uuid4().hex[:6]}"
    made = engineer.call(
        "jobs.schedule.create",
        key=name,
        input={
            "name": name,
            "operation": "miners.power.set",
            "input": {"device": MINER, "watts": WATTS},
            "cron": "* * * * *",
            "time_zone": "Europe/Berlin",
        },
    )
    assert made.status_code == 200, made.text

    def fired() -> dict[str, Any] | None:
        rows = admin.get("/api/v1/schedules/")["items"]
        (row,) = [row for row in rows if row["name"] == name]
        return row if row["last_verdict"] else None

    row = until(fired, seconds=75)
    assert row["last_verdict"] == "ok", row

    status = engineer.call("miners.miner.status", input={"device": MINER}).json()["output"]
    assert status["power_target_watts"] == WATTS
    trail = admin.get("/api/v1/audit/", device=devices[MINER]["id"], limit=50)["items"]
    rows = [row for row in trail if row["actor_label"] == f"schedule:{name}"]
    assert {row["entry"] for row in rows} == {"intent", "outcome"}
    assert {row["face"] for row in rows} == {"schedule"}
    assert {row["actor_kind"] for row in rows} == {"schedule"}
    (outcome,) = [row for row in rows if row["entry"] == "outcome"]
    assert outcome["after"] == WATTS
    assert outcome["request_id"]
