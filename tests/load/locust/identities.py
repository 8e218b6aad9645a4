"""Who calls: the keys and devices that a running plane wrote down in its demo.json."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Whose keys look at everything of a tenant; agents have an hourly budget besides the rate.
READERS = ("viewer", "operator", "engineer", "approver", "admin")
#: Whose keys change devices and plan firmware.
ENGINEERS = ("engineer", "admin")


@dataclass(frozen=True)
class Identity:
    """A key with the rights of `role`, and the ids of its tenant's devices by name."""

    tenant: str
    role: str
    key: str
    devices: dict[str, str]


def identities(demo: Path, roles: tuple[str, ...], tenant: str | None = None) -> list[Identity]:
    """One for each role of each tenant, or of one tenant. Each has a rate limit of its own."""
    known = json.loads(demo.read_text())
    owned: dict[str, dict[str, str]] = {}
    for device in known["devices"]:
        owned.setdefault(device["tenant"], {})[device["name"]] = device["id"]
    return [
        Identity(slug, role, keys[role], owned[slug])
        for slug, keys in known["api_keys"].items()
        for role in roles
        if tenant in (None, slug)
    ]


def miners(demo: Path, tenant: str) -> dict[str, str]:
    """Addresses of a tenant's miners by their names."""
    devices = json.loads(demo.read_text())["devices"]
    return {
        device["name"]: device["address"]
        for device in devices
        if device["kind"] == "miner" and device["tenant"] == tenant
    }


def demo_of(options: Any) -> Path:
    """Where the plane at locust's --state wrote its keys and devices."""
    return Path(options.state) / "demo.json"
