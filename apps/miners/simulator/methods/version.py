"""Which revision of the API a firmware speaks."""

from __future__ import annotations

from apps.miners.contract.generated import bos_version_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.state import MinerState

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


def api_minor(firmware: str) -> int:
    """Minor API number of a firmware string such as `2026-04-14-0-912d084c-26.04-plus`."""
    year, month, *_ = (int(part) for part in firmware.split("-")[5].split("."))
    return next((n for release, n in _MINOR_BY_RELEASE if (year, month) >= release), _OLDEST_MINOR)


def get_api_version(state: MinerState, _request: pb.ApiVersionRequest) -> pb.ApiVersion:
    return pb.ApiVersion(major=1, minor=api_minor(state.version))


METHODS: Methods = {"GetApiVersion": get_api_version}
