"""An assistant upgrades a miner: plan, a person's approval, the job followed to its end, and the
new version read from the miner by a client that nobody here wrote."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.conftest import Api
from tests.support.parties import party_python
from tests.support.plane import Plane

NEW_RELEASE = "26.08"


class Assistant:
    """The party's process, read line by line."""

    def __init__(self, plane: Plane, miner: str, mode: str) -> None:
        command = [sys.executable, "tests/parties/assistant.py", plane.mcp_url, plane.key("agent")]
        self.process = subprocess.Popen(
            [*command, miner, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def lines(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout
        for line in self.process.stdout:
            yield json.loads(line)

    def until(self, event: str) -> dict[str, Any]:
        for line in self.lines():
            assert line["event"] != "error", line
            if line["event"] == event:
                return line
        raise AssertionError(f"the assistant ended without {event}")

    def go_on(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()


def version_by_stranger(address: str) -> str:
    """What pyasic reads; where low ports are refused, what grpc-requests reads a port higher."""
    if os.geteuid() == 0:
        command = [str(party_python()), "tests/parties/pyasic_version.py", address]
    else:
        command = [str(party_python()), "tests/parties/grpc_version.py", f"{address}:58051"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["version"])


@pytest.mark.parametrize(("mode", "miner"), [("auto", "Miner 05"), ("legacy", "Miner 06")])
def test_agent_needs_a_person_then_upgrades_and_proves_it(
    plane: Plane,
    approver: Api,
    admin: Api,
    devices: dict[str, dict[str, Any]],
    mode: str,
    miner: str,
) -> None:
    assistant = Assistant(plane, miner, mode)
    assert "miners_firmware_upgrade" in assistant.until("tools")["names"]
    assert assistant.until("found")["devices"] == [miner]
    assert assistant.until("plan")["status"] == "needs_confirmation"

    waits = assistant.until("waits")
    granted = approver.call(
        "operations.approval.grant", input={"approval": waits["approval"], "comment": "go"}
    )
    assert granted.json()["output"]["state"] == "granted", granted.text

    assistant.go_on()
    job = assistant.until("accepted")["job"]
    states = [line for line in assistant.lines() if line["event"] == "job"]
    assert states[-1]["state"] == "succeeded", states[-1]
    assert assistant.process.wait(timeout=10) == 0

    assert NEW_RELEASE in version_by_stranger(devices[miner]["address"])
    trail = admin.get("/api/v1/audit/", job=job, limit=100)["items"]
    assert {row["actor_label"] for row in trail} == {"assistant"}
    assert {row["face"] for row in trail} == {"mcp"}
    moves = [
        row["verdict"]
        for row in reversed(trail)
        if row["entry"] == "transition" and row["object_kind"] == "device"
    ]
    assert moves == [
        "preflight",
        "ready",
        "sending",
        "sent",
        "rebooting",
        "verifying",
        "committed",
        "succeeded",
    ]
    (outcome,) = [row for row in trail if row["entry"] == "outcome"]
    assert NEW_RELEASE in outcome["after"]["firmware"]
    assert "26.04" in outcome["before"]["firmware"]


def test_agent_cannot_approve_its_own_request(plane: Plane) -> None:
    agent = Api(plane, "agent")
    image = agent.call("miners.firmware.list", input={}).json()["output"]["images"][0]["id"]
    wanted = {"device": "Miner 07", "image": image}
    plan = agent.call("miners.firmware.upgrade", key="self", input=wanted).json()
    waits = agent.call(
        "miners.firmware.upgrade",
        key="self",
        input=wanted,
        confirmation=plan["confirmation"],
    ).json()
    assert waits["status"] == "needs_approval"
    refused = agent.call("operations.approval.grant", input={"approval": waits["approval"]["id"]})
    assert refused.status_code == 403
    again = agent.call(
        "miners.firmware.upgrade", key="self", input=wanted, confirmation=waits["confirmation"]
    )
    assert again.json()["status"] == "needs_approval"
