"""Django's settings follow from the typed ones, and keep the promises of the product."""

import json
import logging
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings
from pydantic import SecretStr

from controlplane.config import CHECKOUT, Config
from controlplane.settings.logs import logging_config
from controlplane.settings.stores import broker_url, caches, channel_layers, databases


def config(**values: Any) -> Config:
    return Config(**{name: SecretStr(value) for name, value in values.items()})


def test_the_database_address_is_taken_apart() -> None:
    url = "postgresql://app:p%40ss@db.example:5433/plane?sslmode=require"
    found = databases(config(database_url=url))["default"]
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example", "5433", "plane")
    assert (found["USER"], found["PASSWORD"]) == ("app", "p@ss")
    assert found["OPTIONS"]["sslmode"] == "require"


def test_a_database_behind_a_socket_is_named_by_its_folder() -> None:
    found = databases(config(database_url="postgresql://app@/plane?host=/run/pg"))["default"]
    assert (found["HOST"], found["NAME"]) == ("/run/pg", "plane")
    assert "host" not in found["OPTIONS"]


def test_connections_stay_open_and_are_checked() -> None:
    found = settings.DATABASES["default"]
    assert found["CONN_MAX_AGE"] is None
    assert found["CONN_HEALTH_CHECKS"] is True
    assert not found.get("ATOMIC_REQUESTS", False)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://valkey:6379/2", "redis://valkey:6379/2"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_celery_is_told_the_same_server_in_its_own_words(url: str, expected: str) -> None:
    assert broker_url(config(redis_url=url)) == expected


def test_cache_and_channels_are_the_same_server() -> None:
    made = config(redis_url="redis://valkey:6379/2")
    assert caches(made)["default"]["LOCATION"] == "redis://valkey:6379/2"
    assert channel_layers(made)["default"]["CONFIG"]["hosts"] == ["redis://valkey:6379/2"]


def test_pages_are_under_a_policy_without_exceptions_but_the_back_office() -> None:
    policy = settings.CONTENT_SECURITY_POLICY
    assert policy["EXCLUDE_URL_PREFIXES"] == ["/admin/"]
    words = [str(word) for value in policy["DIRECTIVES"].values() for word in value]
    assert not [word for word in words if "unsafe" in word or word == "*"]
    assert [str(word) for word in policy["DIRECTIVES"]["default-src"]] == ["'none'"]


def test_sessions_are_the_browsers_alone() -> None:
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.SESSION_COOKIE_SAMESITE == settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert settings.DEBUG is False
    assert settings.X_FRAME_OPTIONS == "DENY"


def test_passwords_are_kept_by_argon2() -> None:
    assert settings.PASSWORD_HASHERS[-1].endswith("Argon2PasswordHasher")
    assert len(settings.AUTH_PASSWORD_VALIDATORS) == 4


def test_the_wiring_is_last() -> None:
    assert settings.INSTALLED_APPS[-1] == "controlplane.wiring.Wiring"


@pytest.mark.parametrize(("command", "first"), [("runserver", "daphne"), ("migrate", "unfold")])
def test_daphne_comes_first_for_runserver_and_not_at_all_elsewhere(
    command: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    installed = runpy.run_path(str(CHECKOUT / "controlplane/settings/apps.py"))["INSTALLED_APPS"]
    assert installed[0] == first
    assert installed.count("daphne") == (command == "runserver")


def test_every_template_and_static_file_lies_in_the_top_folders() -> None:
    for folder in (settings.TEMPLATES[0]["DIRS"][0], settings.STATICFILES_DIRS[0]):
        assert Path(folder).is_dir()
    assert not list(Path("apps").rglob("templates"))
    assert not list(Path("apps").rglob("static"))


@pytest.fixture
def root_log() -> Any:
    """The log as a process has it, and afterwards as the test run has it."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = before
    root.setLevel(level)


def test_both_kinds_of_log_come_out_as_json(root_log: Any, capsys: Any) -> None:
    logging_config(Config())
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger("ours").info("said", number=1)
        logging.getLogger("theirs").warning("told %s", "you")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    ours, theirs = lines[-2:]
    assert (ours["event"], ours["number"], ours["request_id"]) == ("said", 1, "r1")
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == ("told you", "warning", "r1")
    assert ours["timestamp"].endswith("Z")
