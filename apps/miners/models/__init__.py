"""Miners, firmware images and keys, samples, what was before each change, and pools."""

from apps.miners.models.firmware import FirmwareImage, ImageState, TrustedKey
from apps.miners.models.miner import Miner
from apps.miners.models.rollup import (
    MinerHour,
    MinerMinute,
    PlaceHour,
    PlaceMinute,
    RollupMark,
)
from apps.miners.models.sample import MinerSample
from apps.miners.models.snapshot import MinerSnapshot
from apps.miners.models.template import PoolTemplate

__all__ = [
    "FirmwareImage",
    "ImageState",
    "Miner",
    "MinerHour",
    "MinerMinute",
    "MinerSample",
    "MinerSnapshot",
    "PlaceHour",
    "PlaceMinute",
    "PoolTemplate",
    "RollupMark",
    "TrustedKey",
]
