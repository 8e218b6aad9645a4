"""Drives a simulated miner with grpc-requests, which knows it by reflection alone.

Runs in the environment of requirements/parties.txt: `grpc_requests_party.py ADDRESS [...]`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from typing import Any

from grpc_requests import Client

AUTHENTICATION = "braiins.bos.v1.AuthenticationService"
MINER = "braiins.bos.v1.MinerService"
ACTIONS = "braiins.bos.v1.ActionsService"
PERFORMANCE = "braiins.bos.v1.PerformanceService"
UPGRADE = "braiins.bos.v1.UpgradeService"
NOT_FIRMWARE = b"not firmware" * 1000


def upload_words(client: Any, metadata: list[tuple[str, str]]) -> str:
    """What the miner says to bytes whose hash fits but which are no image."""
    declared = {"size": len(NOT_FIRMWARE), "hash": hashlib.sha256(NOT_FIRMWARE).hexdigest()}
    data = base64.b64encode(NOT_FIRMWARE).decode()
    messages = [{"metadata": declared}, {"data": data}]
    try:
        client.request(UPGRADE, "SystemUpgrade", messages, metadata=metadata)
    except Exception as error:
        return str(error.details())
    return "accepted"


def main(address: str) -> dict[str, Any]:
    client: Any = Client.get_by_endpoint(f"{address}:50051")
    credentials = {"username": "root", "password": "root"}
    login = client.request(AUTHENTICATION, "Login", credentials)
    metadata = [("authorization", login["token"])]
    target = {"save_action": "SAVE_ACTION_SAVE_AND_APPLY", "power_target": {"watt": 2200}}
    return {
        "services": sorted(client.service_names),
        "version": client.request("braiins.bos.ApiVersionService", "GetApiVersion", {}),
        "login": login,
        "details": client.request(MINER, "GetMinerDetails", {}, metadata=metadata),
        "target": client.request(PERFORMANCE, "SetPowerTarget", target, metadata=metadata),
        "pause": client.request(ACTIONS, "PauseMining", {}, metadata=metadata),
        "upload": upload_words(client, metadata),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
