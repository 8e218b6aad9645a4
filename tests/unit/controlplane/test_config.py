"""Settings are typed: read from the environment or from files, refused when they are unsafe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from controlplane.config import (
    CHECKOUT,
    DEVELOPMENT_SECRET,
    Config,
    ConfigError,
    Environment,
    Server,
    load,
)

SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 50,
    "API_KEY_PEPPER": "p" * 50,
    "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
    "AUDIT_SEAL_KEY": "a key of its own",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the test run itself."""
    for name in list(os.environ):
        if name.lower().removesuffix("_file") in Config.model_fields:
            monkeypatch.delenv(name)


def config(monkeypatch: pytest.MonkeyPatch, **environ: str) -> Config:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return Config()


def test_without_any_setting_it_is_a_plane_of_this_machine_alone() -> None:
    found = Config()
    assert found.environment is Environment.DEVELOPMENT
    assert found.host == "127.0.0.1"
    assert found.device_networks == ()
    assert found.mcp_auth_enabled
    assert not found.mcp_anonymous_enabled
    assert found.state_dir == CHECKOUT / "var"


def test_values_have_the_type_of_their_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    found = config(
        monkeypatch, PORT="9000", SERVER="daphne", MCP_DEBUG="true", MINER_POLL_SECONDS="2.5"
    )
    assert (found.port, found.server) == (9000, Server.DAPHNE)
    assert found.mcp_debug is True
    assert found.miner_poll_seconds == 2.5


def test_an_empty_value_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config(monkeypatch, PORT="", ALLOWED_HOSTS="").port == 8000


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("one", ("one",)),
        ("one,two", ("one", "two")),
        (" one , two ,", ("one", "two")),
        (",", ()),
        ("10.1.0.0/16:1710|443,[fd00::/8]:80", ("10.1.0.0/16:1710|443", "[fd00::/8]:80")),
    ],
)
def test_lists_are_separated_by_commas(monkeypatch, given: str, expected: tuple[str, ...]) -> None:
    assert config(monkeypatch, DEVICE_NETWORKS=given).device_networks == expected


def test_a_list_of_secrets_keeps_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = config(monkeypatch, CREDENTIAL_KEYS="new, old").credential_keys
    assert [key.get_secret_value() for key in keys] == ["new", "old"]


def test_a_setting_is_read_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text("from the file\n")
    found = config(monkeypatch, SECRET_KEY="from the environment", SECRET_KEY_FILE=str(file))
    assert found.secret_key.get_secret_value() == "from the file"


def test_any_setting_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, text in (("port", "9001"), ("hosts", "a.example, b.example"), ("keys", "k1,k2")):
        (tmp_path / name).write_text(text)
    found = config(
        monkeypatch,
        PORT_FILE=str(tmp_path / "port"),
        ALLOWED_HOSTS_FILE=str(tmp_path / "hosts"),
        CREDENTIAL_KEYS_FILE=str(tmp_path / "keys"),
    )
    assert found.port == 9001
    assert found.allowed_hosts == ("a.example", "b.example")
    assert [key.get_secret_value() for key in found.credential_keys] == ["k1", "k2"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "web"),
        ("SERVER", "gunicorn"),
        ("ENVIRONMENT", "prod"),
        ("MCP_RATE_LIMIT_BURST", "4"),
        ("POLLER_SHARDS", "0"),
        ("MCP_AUTH_ENABLED", "perhaps"),
        ("TOKEN_SECONDS", "1"),
    ],
)
def test_a_wrong_value_is_refused_with_the_settings_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ValidationError, match=name.lower()):
        config(monkeypatch, **{name: value})


def test_a_process_that_cannot_start_says_each_wrong_setting_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {**SAFE, "PORT": "0", "POLLER_SHARDS": "many"}.items():
        monkeypatch.setenv(name, value)
    load.cache_clear()
    with pytest.raises(ConfigError) as caught:
        load()
    shards, port = sorted(str(caught.value).split("; "))
    assert shards.startswith("POLLER_SHARDS: Input should be a valid integer")
    assert port == "PORT: Input should be greater than or equal to 1"
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setenv("POLLER_SHARDS", "1")
    monkeypatch.setenv("MCP_AUTH_ENABLED", "false")
    with pytest.raises(ConfigError, match=r"^MCP_AUTH_ENABLED=false is refused in production$"):
        load()
    load.cache_clear()


def test_production_starts_with_safe_values(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config(monkeypatch, **SAFE).environment is Environment.PRODUCTION


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": DEVELOPMENT_SECRET}, "SECRET_KEY"),
        ({"API_KEY_PEPPER": ""}, "API_KEY_PEPPER"),
        ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS"),
        ({"CREDENTIAL_KEYS": " , "}, "CREDENTIAL_KEYS"),
        ({"AUDIT_SEAL_KEY": ""}, "AUDIT_SEAL_KEY"),
        ({"MCP_AUTH_ENABLED": "false"}, "MCP_AUTH_ENABLED"),
    ],
)
def test_production_refuses_unsafe_values(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        config(monkeypatch, **{**SAFE, **change})
    assert config(monkeypatch, ENVIRONMENT="staging").environment is Environment.STAGING


@pytest.mark.parametrize("wrong", [{"API_KEY_PEPPER": "", "AUDIT_SEAL_KEY": ""}, {"PORT": "x"}])
def test_a_refusal_tells_no_part_of_a_secret(
    monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    with pytest.raises(ValidationError) as caught:
        config(monkeypatch, **{**SAFE, **wrong})
    told, key = str(caught.value), SAFE["CREDENTIAL_KEYS"]
    assert not [key[at : at + 8] for at in range(len(key) - 8) if key[at : at + 8] in told]


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = config(monkeypatch, **SAFE, DATABASE_URL="postgresql://u:pa55word@db/x")
    for text in (repr(found), str(found), str(found.model_dump()), found.model_dump_json()):
        assert "pa55word" not in text
        assert SAFE["SECRET_KEY"] not in text


def test_settings_cannot_be_changed_in_a_running_process() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().port = 1  # type: ignore[misc]  # what is being tried


def test_the_settings_stop_a_process_that_is_unsafe(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "ENVIRONMENT": "production"}
    done = subprocess.run(
        [sys.executable, "-c", "import controlplane.settings"],
        cwd=CHECKOUT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "production refuses the default secret" in done.stderr


def test_the_public_address_is_an_origin_in_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    found = config(monkeypatch, PUBLIC_URL="https://Plane.Example:8443")
    assert found.public_url == "https://plane.example:8443"


@pytest.mark.parametrize("url", ["plane.example", "https://plane.example/", "ftp://x", "https:"])
def test_anything_else_is_no_public_address(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with pytest.raises(ValidationError):
        config(monkeypatch, PUBLIC_URL=url)


def test_production_issues_tokens_over_tls_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="https://"):
        config(monkeypatch, **SAFE, PUBLIC_URL="http://plane.example")
    assert config(monkeypatch, PUBLIC_URL="https://plane.example").public_url
