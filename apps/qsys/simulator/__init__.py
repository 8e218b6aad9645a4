"""A simulated Q-SYS Core: QRC over TCP, QRWC over WebSocket, with faults on demand."""

from apps.qsys.simulator.core import Core
from apps.qsys.simulator.demo import demo_design
from apps.qsys.simulator.designs import DesignError, load_design, parse_design
from apps.qsys.simulator.host import CoreHost
from apps.qsys.simulator.pair import Pair
from apps.qsys.simulator.running import running_core, running_pair

__all__ = [
    "Core",
    "CoreHost",
    "DesignError",
    "Pair",
    "demo_design",
    "load_design",
    "parse_design",
    "running_core",
    "running_pair",
]
