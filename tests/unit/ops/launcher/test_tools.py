"""Gates, browser and Node.js: each is found or its absence is told with the command to run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from apps.ops.launcher import chromium, gates, node, suite
from apps.ops.launcher.errors import LaunchError
from apps.ops.launcher.state import CHECKOUT


def program(folder: Path, name: str) -> str:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_named_browser_comes_first(tmp_path: Path) -> None:
    program(tmp_path, "chromium")
    assert chromium.find({"CHROMIUM": "/opt/c", "PATH": str(tmp_path)}) == "/opt/c"


def test_machines_own_browser_comes_before_playwrights(tmp_path: Path) -> None:
    own = program(tmp_path, "chromium")
    fetched = tmp_path / "cache" / "chromium-1200" / "chrome-linux"
    fetched.mkdir(parents=True)
    build = program(fetched, "chrome")
    environ = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "cache")}
    assert chromium.find(environ) == own
    assert chromium.find({**environ, "PATH": "/nowhere"}) == build


def test_no_browser_is_none(tmp_path: Path) -> None:
    environ = {"PATH": "/nowhere", "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    assert chromium.find(environ) is None


def test_node_is_the_wheels() -> None:
    done = subprocess.run(
        ["node", "-p", "process.execPath"],
        env=node.environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()) == (node.folder() / "bin" / "node").resolve()


def test_failing_npm_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="`npm ci` failed"):
        node.npm("ci", cwd=tmp_path)


def test_packages_are_installed_once(tmp_path: Path) -> None:
    lock = {"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "x"}}}
    (tmp_path / "package.json").write_text('{"name": "x", "version": "1.0.0"}')
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    installed = tmp_path / "node_modules" / ".package-lock.json"
    installed.parent.mkdir()
    installed.write_text("{}")
    node.install(tmp_path)
    assert installed.read_text() == "{}"  # newer than the lock: nothing to do


def test_gates_are_programs_that_exist() -> None:
    for command in gates.gates().values():
        assert Path(command[0]).exists()


def test_gates_look_at_the_files_of_the_tree() -> None:
    files = gates.tracked()
    assert "manage.py" in files
    assert not [name for name in files if name.startswith((".venv", "var/", "static/vendor/"))]


def test_unknown_gate_is_refused_with_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "apps.ops.launcher.gates", "smell"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "ruff, format, floors" in done.stdout


def test_gate_passes_with_its_command() -> None:
    assert gates.passes("true", [sys.executable, "-c", ""])
    assert not gates.passes("false", [sys.executable, "-c", "raise SystemExit(1)"])


def test_make_ci_and_the_modules_agree() -> None:
    """What CI calls are targets; what targets call are modules."""
    makefile = (CHECKOUT / "Makefile").read_text()
    ci = (CHECKOUT / ".ci" / "run").read_text()
    assert "exec make lint test" in ci
    assert ".ci/run" in (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text()
    for target in ("run", "test", "lint", "contract", "lock", "bench", "soak", "assets"):
        assert f"\n{target}:" in makefile
    for module in (gates, suite):
        assert f"-m {module.__name__}" in makefile
