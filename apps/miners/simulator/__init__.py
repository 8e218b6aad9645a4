"""A Braiins OS miner without hardware: four faces on the real ports, one state, scripted faults."""

from apps.miners.simulator.device import Ports, SimulatedMiner, running_miner
from apps.miners.simulator.image import build_image
from apps.miners.simulator.profile import FIRMWARE, Profile, profile_for
from apps.miners.simulator.scripting import BadCommand, clear, inject

__all__ = [
    "FIRMWARE",
    "BadCommand",
    "Ports",
    "Profile",
    "SimulatedMiner",
    "build_image",
    "clear",
    "inject",
    "profile_for",
    "running_miner",
]
