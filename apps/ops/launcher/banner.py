"""What the terminal shows when the plane is ready: addresses, logins, keys, a client line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.ops.launcher.options import Options


def banner(options: Options, seconds: float) -> str:
    """The text, with the demo's logins and keys where there is a demo."""
    base = options.local_url
    lines = [
        "",
        f"Control Plane is ready ({seconds:.1f} s). Ctrl-C stops everything.",
        "",
        f"  Console   {base}/",
        f"  REST      {base}/api/v1/      documentation {base}/api/docs/",
        f"  MCP       {base}/mcp",
        f"  Logs      {options.state.log}",
    ]
    demo = _read(options.state.demo) if options.simulate else None
    lines += _demo(demo, base) if demo else _first_user()
    return "\n".join([*lines, ""])


def client_line(base_url: str, key: str) -> str:
    """An entry for the configuration file of an MCP client."""
    server = {"type": "http", "url": f"{base_url}/mcp", "headers": {"X-API-Key": key}}
    return json.dumps({"mcpServers": {"controlplane": server}})


def _demo(demo: dict[str, Any], base: str) -> Iterator[str]:
    yield from ("", "  Logins (username / password)")
    for tenant, logins in demo.get("logins", {}).items():
        for role, login in logins.items():
            yield f"    {tenant:<9}{role:<11}{login['username']} / {login['password']}"
    yield from ("", "  API keys (X-API-Key)")
    for tenant, keys in demo.get("api_keys", {}).items():
        for role, key in keys.items():
            yield f"    {tenant:<9}{role:<11}{key}"
    agent = demo.get("api_keys", {}).get("default", {}).get("agent")
    if agent:
        yield from ("", "  For an MCP client's configuration:", f"    {client_line(base, agent)}")


def _first_user() -> list[str]:
    return ["", "  No demo data. Make the first user: python manage.py createsuperuser"]


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    demo: dict[str, Any] = json.loads(path.read_text())
    return demo
