"""`.env.example` is made of the settings, and says all of them and no secret."""

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pydantic import SecretStr

from controlplane.config import CHECKOUT, DEVELOPMENT_SECRET, Config
from controlplane.management.commands.env_example import kinds_of, text

SECRETS = [
    name.upper()
    for name, field in Config.model_fields.items()
    if SecretStr in kinds_of(field.annotation)
]


def env_example(path: Path, *, check: bool = False) -> str:
    out = io.StringIO()
    call_command("env_example", path=path, check=check, stdout=out)
    return out.getvalue()


def entries() -> dict[str, str]:
    """The settings in the file, with their defaults."""
    return dict(re.findall(r"^#([A-Z_]+)=(.*)$", text(), re.MULTILINE))


def test_the_file_in_the_checkout_is_true() -> None:
    env_example(CHECKOUT / ".env.example", check=True)


def test_every_setting_is_in_it_once() -> None:
    assert list(entries()) == [name.upper() for name in Config.model_fields]


def test_no_secret_has_a_value_in_it() -> None:
    assert {"SECRET_KEY", "CREDENTIAL_KEYS", "DATABASE_URL", "AUDIT_SEAL_KEY"} <= set(SECRETS)
    assert {entries()[name] for name in SECRETS} == {""}
    assert DEVELOPMENT_SECRET not in text()
    for name in SECRETS:
        assert f"{name}_FILE" in text()


def test_the_defaults_read_back_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in entries().items():
        monkeypatch.delenv(f"{name}_FILE", raising=False)
        monkeypatch.setenv(name, value)
    plain = {name for name in Config.model_fields if name.upper() not in SECRETS} - {"state_dir"}
    found = Config().model_dump(include=plain)
    for name in entries():
        monkeypatch.delenv(name)
    assert found == Config().model_dump(include=plain)


def test_what_is_allowed_is_said() -> None:
    assert "(granian, uvicorn, daphne)" in text()
    assert "(at least 1, at most 65535)" in text()
    assert "(true or false)" in text()


def test_paths_are_those_of_any_checkout() -> None:
    assert entries()["STATE_DIR"] == "var"
    assert str(CHECKOUT) not in text()


def test_a_stale_file_is_told_and_mended(tmp_path: Path) -> None:
    path = tmp_path / "env"
    with pytest.raises(CommandError, match="env_example"):
        env_example(path, check=True)
    path.write_text("PORT=1\n")
    with pytest.raises(CommandError):
        env_example(path, check=True)
    assert path.read_text() == "PORT=1\n"
    assert env_example(path) == "Wrote env.\n"
    env_example(path, check=True)
