"""A test run gets engines of its own before Django reads its settings, and leaves nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.mini import alive

SETTINGS = """
import os
SECRET_KEY = "x"
SEEN_DATABASE = os.environ["DATABASE_URL"]
SEEN_REDIS = os.environ["REDIS_URL"]
"""
TESTS = """
import os
import pathlib
import psycopg
import pytest
import redis
from django.conf import settings

@pytest.mark.parametrize("number", range(4))
def test_engines(number):
    with psycopg.connect(settings.SEEN_DATABASE, autocommit=True) as connection:
        user, can_create = connection.execute(
            "SELECT current_user, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert (user, can_create) == ("controlplane_owner", True)
    assert redis.Redis.from_url(settings.SEEN_REDIS).ping()
    folder = pathlib.Path(os.environ["STATE_DIR"])
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    pid = (folder / "pg/data/postmaster.pid").read_text().split()[0]
    line = f"{worker} {settings.SEEN_REDIS} {folder} {pid}\\n"
    (pathlib.Path(os.environ["SEEN"]) / f"{worker}{number}").write_text(line)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tiny_settings.py").write_text(SETTINGS)
    (tmp_path / "test_tiny.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = tiny_settings\n")
    (tmp_path / "seen").mkdir()
    return tmp_path


def run(project: Path, *arguments: str) -> list[list[str]]:
    """Runs the tests of the project; returns what each saw: worker, Valkey, folder, pid."""
    plugins = ["-p", "no:valkey", "-p", "tests.support.engines", "-p", "no:cacheprovider"]
    foreign = ("DATABASE_URL", "REDIS_URL", "STATE_DIR", "DJANGO_SETTINGS_MODULE")
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in foreign and not name.startswith(("PYTEST_", "COV_"))
    }
    environ["PYTHONPATH"] = f"{project}{os.pathsep}{os.getcwd()}"
    environ["SEEN"] = str(project / "seen")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *arguments],
        cwd=project,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [path.read_text().split() for path in sorted((project / "seen").iterdir())]


def test_engines_come_before_the_settings_and_go_with_the_run(project: Path) -> None:
    seen = run(project)
    assert len(seen) == 4
    folder, pid = seen[0][2:]
    assert not Path(folder).exists()
    assert not alive(int(pid))


def test_each_worker_has_engines_of_its_own(project: Path) -> None:
    seen = run(project, "-n", "2")
    workers = {worker: (url, folder, pid) for worker, url, folder, pid in seen}
    assert set(workers) == {"gw0", "gw1"}
    assert all(len(set(column)) == 2 for column in zip(*workers.values(), strict=True))
    assert not any(alive(int(pid)) for _, _, pid in workers.values())
