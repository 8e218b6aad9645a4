"""The terminal shows addresses, logins, keys and a line an MCP client can use."""

import json
from pathlib import Path

from apps.ops.launcher import options
from apps.ops.launcher.banner import banner, client_line
from apps.ops.launcher.options import Options
from apps.ops.launcher.state import write_json

DEMO = {
    "logins": {"default": {"operator": {"username": "olga", "password": "pw-o"}}},
    "api_keys": {"default": {"agent": "cp_agent", "viewer": "cp_v"}, "other": {"viewer": "cp_x"}},
}


def chosen(tmp_path: Path, *arguments: str) -> Options:
    return options.read({"STATE_DIR": str(tmp_path), "PORT": "8333"}, arguments)


def test_addresses_logins_and_keys_are_shown(tmp_path: Path) -> None:
    write_json(tmp_path / "demo.json", DEMO)
    text = banner(chosen(tmp_path), 3.21)
    assert "ready (3.2 s)" in text
    for part in ("http://127.0.0.1:8333/", "http://127.0.0.1:8333/mcp", "olga / pw-o", "cp_x"):
        assert part in text
    assert client_line("http://127.0.0.1:8333", "cp_agent") in text


def test_client_line_is_json_of_one_server() -> None:
    entry = json.loads(client_line("http://h:1", "cp_k"))["mcpServers"]["controlplane"]
    assert entry["url"] == "http://h:1/mcp"
    assert entry["headers"] == {"X-API-Key": "cp_k"}


def test_without_simulation_old_demo_keys_are_not_shown(tmp_path: Path) -> None:
    write_json(tmp_path / "demo.json", DEMO)
    text = banner(chosen(tmp_path, "--no-sim"), 1.0)
    assert "cp_agent" not in text
    assert "createsuperuser" in text


def test_missing_demo_file_is_no_failure(tmp_path: Path) -> None:
    assert "createsuperuser" in banner(chosen(tmp_path), 1.0)
