"""The environment children run in, and its copy by which `manage.py` finds the same plane."""

import json
import os
from collections.abc import Mapping, MutableMapping

from apps.ops.launcher import secret_files, site
from apps.ops.launcher.leftovers import MARK
from apps.ops.launcher.options import Options
from apps.ops.launcher.state import State, state_root, write_json

DROPPED = ("PYTHONDONTWRITEBYTECODE",)
"""With it and an uncompiled environment every process compiles Django anew: 4 s each."""
OWNER_COMMANDS = ("migrate",)
"""Management commands that change tables and so run as the role that owns them."""


def inherited(environ: Mapping[str, str], state: State) -> dict[str, str]:
    """What every child gets, engines included: the caller's environment and our mark."""
    kept = {name: value for name, value in environ.items() if name not in DROPPED}
    return {**kept, "PYTHONUNBUFFERED": "1", MARK: str(state.root)}


def settings(
    options: Options, urls: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    """The settings the launcher decides: addresses, secrets and folders."""
    state = options.state
    return {
        **urls,
        **secret_files.ensure(state.secrets, dict(environ)),
        "STATE_DIR": str(state.root),
        "HOST": options.host,
        "PORT": str(options.port),
        "SERVER": options.server,
        "POLLER_SHARDS": str(options.poller_shards),
        "DEMO_NETWORK": options.demo_network,
        **simulated(options, environ),
    }


def simulated(options: Options, environ: Mapping[str, str]) -> dict[str, str]:
    """What the simulated site needs: its exact addresses and ports allowed, and short periods."""
    if not options.simulate:
        return {}
    given = environ.get("DEVICE_NETWORKS", "")
    allowed = ",".join(filter(None, [given, site.allowed(options.demo_network)]))
    return {
        "DEVICE_NETWORKS": allowed,
        "MINER_POLL_SECONDS": environ.get("MINER_POLL_SECONDS", "3"),
        "FIRMWARE_SOAK_SECONDS": environ.get("FIRMWARE_SOAK_SECONDS", "10"),
    }


def publish(state: State, chosen: Mapping[str, str]) -> None:
    """Writes what a later `manage.py` needs to reach this plane's databases."""
    write_json(state.environment, dict(chosen))


def adopt(environ: MutableMapping[str, str], command: str | None) -> None:
    """Completes the environment of a management command with what the launcher published.

    What the environment says already stays as it is.
    """
    path = State(state_root(environ)).environment
    given = "DATABASE_URL" in environ or "DATABASE_URL_FILE" in environ
    if not given and path.is_file() and os.access(path, os.R_OK):
        for name, value in json.loads(path.read_text()).items():
            environ.setdefault(name, value)
    if command in OWNER_COMMANDS:
        for suffix in ("", "_FILE"):
            owner = environ.get(f"DATABASE_OWNER_URL{suffix}")
            if owner:
                environ[f"DATABASE_URL{suffix}"] = owner
