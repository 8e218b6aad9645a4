"""The container files are run: their build steps, users, read-only roots, commands and checks."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apps.ops.launcher import container_secrets
from apps.ops.launcher.commands import SERVICES
from apps.ops.launcher.state import CHECKOUT

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a pod says that ran every service once."""
    folder = tmp_path_factory.mktemp("pod")
    secrets, logs = folder / "secrets", folder / "logs"
    container_secrets.make(secrets)
    logs.mkdir()
    namespaces = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["-r"])]
    done = subprocess.run(
        [*namespaces, sys.executable, "-m", "tests.support.pod", str(secrets), str(logs)],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr[-3000:] + tails(logs)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "logs": {path.stem: path.read_text() for path in logs.iterdir()}}


def tails(logs: Path) -> str:
    return "".join(f"\n== {path.name}\n{path.read_text()[-1500:]}" for path in logs.iterdir())


def test_every_service_runs_and_web_is_healthy_and_ready(seen: dict[str, Any]) -> None:
    assert seen["alive"] == list(SERVICES)
    assert seen["ready"] == 0


def test_processes_run_as_the_images_user_without_any_privilege(seen: dict[str, Any]) -> None:
    status = dict(line.split(":", 1) for line in seen["status"].splitlines())
    assert seen["user"] == "10001"
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"].strip() == "1"  # so none can come back


def test_only_state_and_tmp_can_be_written(seen: dict[str, Any]) -> None:
    assert {path for path, written in seen["writes"].items() if written} == {"/tmp", "/state"}
    assert len(seen["writes"]) > 2


def test_all_stop_by_themselves_when_asked(seen: dict[str, Any]) -> None:
    assert set(seen["stopped"]) == {*SERVICES, "postgres"}
    assert set(seen["stopped"].values()) == {0}


def test_what_they_have_to_say_goes_to_standard_output(seen: dict[str, Any]) -> None:
    """So that a container's log driver rotates it; nobody writes files of its own."""
    for name in ("worker", "ticks", "poller"):
        lines = seen["logs"][name].splitlines()
        said = [json.loads(line) for line in lines if line.startswith("{")]
        assert any("ready" in one["event"] for one in said), seen["logs"][name]
