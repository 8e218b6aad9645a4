"""Miners, firmware images and keys, samples, what was before a change, pools, curtailment."""

from apps.miners.models.archive import SupportArchive
from apps.miners.models.curtailment import CurtailedMiner, Curtailment, CurtailmentSample
from apps.miners.models.find import Find
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
from apps.miners.models.trigger import CurtailmentTrigger, PricePoint

__all__ = [
    "CurtailedMiner",
    "Curtailment",
    "CurtailmentSample",
    "CurtailmentTrigger",
    "Find",
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
    "PricePoint",
    "RollupMark",
    "SupportArchive",
    "TrustedKey",
]
