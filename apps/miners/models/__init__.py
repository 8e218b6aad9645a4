"""Miners, their firmware images and their samples."""

from apps.miners.models.firmware import FirmwareImage, ImageState
from apps.miners.models.miner import Miner
from apps.miners.models.sample import MinerSample

__all__ = ["FirmwareImage", "ImageState", "Miner", "MinerSample"]
