"""`manage.py demo`: seeds the simulated site and writes var/demo.json; harmless to repeat."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.ops.demo import fleet, people


class Command(BaseCommand):
    """Makes what is missing of the demo."""

    help = "Seed the simulated site: tenants, logins, keys, devices, a firmware image."
    # `migrate` has checked the project before: to do it once more loads every page of the web.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.CONFIG.state_dir / "demo.json"
        proofs = settings.CONFIG.state_dir / "demo-proofs.json"
        found = people.seed({**_read(path), **_read(proofs)})
        devices = fleet.seed(os.environ.get("DEMO_NETWORK", "127.20"))
        base = f"http://{settings.CONFIG.host}:{settings.CONFIG.port}"
        content = {
            "console_url": f"{base}/",
            "api_url": f"{base}/api/v1/",
            "mcp_url": f"{base}/mcp",
            "logins": found.logins,
            "api_keys": found.api_keys,
            "devices": devices,
        }
        write_private(path, content)
        write_private(proofs, {"proofs": found.proofs})


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text())) if path.exists() else {}


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON that only its owner may read, whole or not at all."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    part.replace(path)
