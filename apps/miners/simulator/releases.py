"""Which revision of the API a firmware speaks, and which methods it is too old for."""

from __future__ import annotations

from functools import lru_cache

# Release (year, month) and the minor number it came with, newest first; vendor's release notes.
_MINOR_BY_RELEASE = (
    ((26, 8), 14),
    ((26, 7), 13),
    ((26, 6), 12),
    ((26, 5), 11),
    ((26, 4), 10),
    ((26, 1), 9),
    ((25, 11), 8),
    ((25, 7), 7),
)
_OLDEST_MINOR = 6

# What a minor number brought; older methods are on every firmware simulated here.
_SINCE = {
    "SetQuickRamping": 7,
    "SetDefaultQuickRamping": 7,
    "SetRelativePowerTarget": 8,
    "SetRelativeHashrateTarget": 8,
    "FactoryReset": 9,
    "GetLog": 10,
    "SystemUpgrade": 10,
    "GetMinerEfficiencyProfile": 11,
    "GetSettingsSchema": 11,
    "GetSettings": 11,
    "SetSettings": 11,
    "ResetAllSettings": 11,
}


@lru_cache(maxsize=64)
def api_minor(firmware: str) -> int:
    """Minor API number of a firmware string such as `2026-04-14-0-912d084c-26.04-plus`."""
    year, month, *_ = (int(part) for part in firmware.split("-")[5].split("."))
    return next((n for release, n in _MINOR_BY_RELEASE if (year, month) >= release), _OLDEST_MINOR)


@lru_cache(maxsize=64)
def newer_than(firmware: str) -> frozenset[str]:
    """Names of the methods that came after this firmware."""
    minor = api_minor(firmware)
    return frozenset(name for name, since in _SINCE.items() if since > minor)
