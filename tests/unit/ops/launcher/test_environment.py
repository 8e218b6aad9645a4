"""Children get the launcher's settings; later management commands find the same plane."""

from pathlib import Path

import pytest

from apps.ops.launcher import environment, options
from apps.ops.launcher.leftovers import MARK
from apps.ops.launcher.state import State, write_json


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path)
    state.prepare()
    return state


def test_children_compile_and_carry_the_mark(state: State) -> None:
    environ = environment.inherited({"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C"}, state)
    assert "PYTHONDONTWRITEBYTECODE" not in environ
    assert environ["LANG"] == "C"
    assert environ[MARK] == str(state.root)


def test_settings_name_secret_files_and_addresses(state: State) -> None:
    chosen = options.read({"STATE_DIR": str(state.root), "PORT": "8222"})
    settings = environment.settings(chosen, {"REDIS_URL": "unix:///x"}, {})
    assert settings["PORT"] == "8222"
    assert settings["REDIS_URL"] == "unix:///x"
    assert settings["SECRET_KEY_FILE"] == str(state.secrets / "secret_key")
    assert "SECRET_KEY" not in settings


def test_management_command_adopts_what_was_published(state: State) -> None:
    environment.publish(state, {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner", "PORT": "1"})
    environ = {"STATE_DIR": str(state.root), "PORT": "2"}
    environment.adopt(environ, "shell")
    assert environ["DATABASE_URL"] == "app"
    assert environ["PORT"] == "2"
    assert state.environment.stat().st_mode & 0o777 == 0o600


def test_migrate_runs_as_the_owner(state: State) -> None:
    environment.publish(state, {"DATABASE_URL": "app", "DATABASE_OWNER_URL": "owner"})
    environ = {"STATE_DIR": str(state.root)}
    environment.adopt(environ, "migrate")
    assert environ["DATABASE_URL"] == "owner"


def test_migrate_runs_as_the_owner_of_secret_files(state: State) -> None:
    environ = {
        "STATE_DIR": str(state.root),
        "DATABASE_URL_FILE": "/app",
        "DATABASE_OWNER_URL_FILE": "/owner",
    }
    environment.adopt(environ, "migrate")
    assert environ["DATABASE_URL_FILE"] == "/owner"


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_URL_FILE"])
def test_given_database_is_kept(state: State, name: str) -> None:
    write_json(state.environment, {"DATABASE_URL": "published", "REDIS_URL": "published"})
    environ = {"STATE_DIR": str(state.root), name: "given"}
    before = dict(environ)
    environment.adopt(environ, "shell")
    assert environ == before


def test_no_plane_has_run_yet(tmp_path: Path) -> None:
    environ = {"STATE_DIR": str(tmp_path / "none")}
    environment.adopt(environ, "shell")
    assert set(environ) == {"STATE_DIR"}
