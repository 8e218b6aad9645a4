"""The Core in hall A with stored changes and telemetry, and a state directory of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from apps.fleet.models import Device
from apps.qsys.models import Control
from tests.support import factories
from tests.unit.qsys.inventory.conftest import ask, device, viewer

__all__ = ["ask", "device", "stored", "viewer"]


@pytest.fixture
def stored(device: Device, settings: Any, tmp_path: Path) -> dict[str, Control]:
    """A gain, a formula of a name, and a meter; exports lie in a folder of the test."""
    settings.CONFIG = factories.config(state_dir=tmp_path)
    made = {
        name: Control.system.create(device=device, component=owner, name=name, **fields)
        for owner, name, fields in (
            ("Bar", "gain", {}),
            ("=Stage", "mute", {}),
            ("Meter", "level", {"telemetry": True}),
        )
    }
    return {**made, "device": device}  # type: ignore[dict-item]  # for the tests' own use
