"""The wire to Braiins OS miners: a library on grpc.aio that knows nothing of the product."""

from apps.miners.client.capabilities import Capabilities
from apps.miners.client.errors import (
    ClientError,
    Family,
    ImageMismatch,
    Refused,
    Rejected,
    Unreachable,
)
from apps.miners.client.miner import DEFAULT_PORT, MinerClient
from apps.miners.client.release import Release, parse_release

__all__ = [
    "DEFAULT_PORT",
    "Capabilities",
    "ClientError",
    "Family",
    "ImageMismatch",
    "MinerClient",
    "Refused",
    "Rejected",
    "Release",
    "Unreachable",
    "parse_release",
]
