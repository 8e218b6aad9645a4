"""One running plane for all flows: real processes, real engines, the simulated site."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest

from tests.support.plane import Plane

T = TypeVar("T")

#: Short waits, so that a flow takes seconds; the states are the same.
FAST = {
    "FIRMWARE_SOAK_SECONDS": "2",
    "FIRMWARE_REBOOT_SECONDS": "60",
    "FIRMWARE_VERIFY_SECONDS": "60",
    "MCP_RATE_LIMIT_RPM": "600",
    "MCP_RATE_LIMIT_BURST": "100",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Flows share the plane, so they stay on one worker of a parallel run."""
    for item in items:
        if "tests/flows/" in item.path.as_posix():
            item.add_marker(pytest.mark.flow)
            item.add_marker(pytest.mark.xdist_group("plane"))


@pytest.fixture(scope="package")
def plane() -> Iterator[Plane]:
    with Plane(environ=FAST) as running:
        yield running


class Api:
    """The REST face as a script uses it."""

    def __init__(self, plane: Plane, role: str, tenant: str = "default") -> None:
        self.client = httpx.Client(
            base_url=plane.url, headers={"X-API-Key": plane.key(role, tenant)}, timeout=30
        )

    def call(self, operation: str, *, key: str | None = None, **body: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1/operations/{operation}", json=body, headers=headers)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture
def operator(plane: Plane) -> Api:
    return Api(plane, "operator")


@pytest.fixture
def admin(plane: Plane) -> Api:
    return Api(plane, "admin")


@pytest.fixture
def approver(plane: Plane) -> Api:
    return Api(plane, "approver")


@pytest.fixture(scope="package")
def devices(plane: Plane) -> dict[str, dict[str, Any]]:
    """The demo's devices by name."""
    return {device["name"]: device for device in plane.demo["devices"]}


def until(found: Callable[[], T | None], *, seconds: float = 30) -> T:
    """The first thing `found` gives; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while time.monotonic() < deadline:
        got = found()
        if got is not None:
            return got
        pause.wait(0.2)
    raise AssertionError(f"nothing came of {found.__qualname__} in {seconds} s")
