"""Options come from environment and arguments; wrong ones are refused by name."""

from pathlib import Path

import pytest

from apps.ops.launcher import options
from apps.ops.launcher.errors import LaunchError


def test_defaults_need_no_environment() -> None:
    chosen = options.read({})
    assert (chosen.host, chosen.port, chosen.server) == ("127.0.0.1", 8000, "granian")
    assert chosen.simulate
    assert chosen.state.root.name == "var"
    assert chosen.database_url is None


def test_no_sim_is_an_argument() -> None:
    assert not options.read({}, ["--no-sim"]).simulate


def test_owner_url_defaults_to_the_database_url() -> None:
    chosen = options.read({"DATABASE_URL": "postgresql://a@b/c"})
    assert chosen.database_owner_url == "postgresql://a@b/c"
    other = options.read({"DATABASE_URL": "x", "DATABASE_OWNER_URL": "y"})
    assert other.database_owner_url == "y"


def test_state_directory_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert options.read({"STATE_DIR": "here"}).state.root == tmp_path / "here"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("SERVER", "gunicorn"),
        ("DEMO_NETWORK", "10.0"),
        ("DEMO_NETWORK", "127.0"),
        ("DEMO_NETWORK", "127.256"),
        ("DEMO_NETWORK", "127.20.1"),
        ("POLLER_SHARDS", "0"),
    ],
)
def test_wrong_setting_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(LaunchError, match=f"{name}={value}"):
        options.read({name: value})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("plane.example", "http://plane.example:8000"),
        ("10.0.0.0", "http://10.0.0.0:8000"),
    ],
)
def test_local_url_is_one_this_machine_can_reach(host: str, url: str) -> None:
    assert options.read({"HOST": host}).local_url == url
