"""Cores, what is watched of them, their controls, what these have been and may be."""

from apps.qsys.models.control import Control, ControlValue
from apps.qsys.models.core import Core
from apps.qsys.models.event import EVENTS, Cause, ControlEvent
from apps.qsys.models.link import CoreEnd, Pairing, Side, Transport
from apps.qsys.models.policy import ControlPolicy
from apps.qsys.models.telemetry import FRAMES, SECONDS, TelemetryFrame, TelemetrySecond
from apps.qsys.models.watch import MOST_HZ, Storage, Watch

__all__ = [
    "EVENTS",
    "FRAMES",
    "MOST_HZ",
    "SECONDS",
    "Cause",
    "Control",
    "ControlEvent",
    "ControlPolicy",
    "ControlValue",
    "Core",
    "CoreEnd",
    "Pairing",
    "Side",
    "Storage",
    "TelemetryFrame",
    "TelemetrySecond",
    "Transport",
    "Watch",
]
