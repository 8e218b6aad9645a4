"""The image to go back to: the demo has only the newer one, so the older is uploaded once."""

import base64
import hashlib
from typing import Any
from uuid import uuid4

import httpx

from apps.miners.simulator import build_image
from apps.miners.simulator.profile import FIRMWARE
from apps.ops.launcher.errors import LaunchError
from tests.load.locust.plane import Running

PIECE = 512 * 1024
SIZE = 4 << 20
MODELS = ["Antminer S19J Pro"]


def ensure(plane: Running) -> None:
    """The release that simulated miners are born with, published; two persons do it.

    Raises LaunchError with the plane's own words when it refuses.
    """
    with plane.caller("engineer") as engineer, plane.caller("approver") as approver:
        if FIRMWARE not in published(engineer):
            publish(engineer, approver, upload(engineer))


def published(caller: httpx.Client) -> set[str]:
    """The versions that may be installed."""
    images = ask(caller, "miners.firmware.list", {})["output"]["images"]
    return {one["version"] for one in images if one["state"] == "published"}


def upload(engineer: httpx.Client) -> str:
    """Sends it piece by piece; its id."""
    content = build_image(FIRMWARE, models=MODELS, size=SIZE)
    words = {"version": FIRMWARE, "device_models": MODELS, "size": len(content)}
    words["sha256"] = hashlib.sha256(content).hexdigest()
    image = ""
    for offset in range(0, len(content), PIECE):
        data = base64.b64encode(content[offset : offset + PIECE]).decode()
        piece = {**words, "offset": offset, "data": data}
        image = ask(engineer, "miners.firmware.upload", piece)["output"]["image"]
    return image


def publish(engineer: httpx.Client, approver: httpx.Client, image: str) -> None:
    """Nobody signed it, so a second person grants it."""
    name, given, key = "miners.firmware.publish", {"image": image}, uuid4().hex
    confirmation = ask(engineer, name, given, key)["confirmation"]
    asked = ask(engineer, name, given, key, confirmation=confirmation)
    granted = {"approval": asked["approval"]["id"], "comment": "for a load scenario"}
    ask(approver, "operations.approval.grant", granted)
    ask(engineer, name, given, key, confirmation=asked.get("confirmation", confirmation))


def ask(
    caller: httpx.Client, operation: str, given: dict[str, Any], key: str = "", **body: Any
) -> dict[str, Any]:
    """Calls an operation; also an answer that wants more is one."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {"input": given, **body}
    answer = caller.post(f"/operations/{operation}", json=body, headers=headers)
    if answer.status_code not in (200, 202, 428):
        raise LaunchError(f"{operation} was refused: {answer.text}")
    return dict(answer.json())
