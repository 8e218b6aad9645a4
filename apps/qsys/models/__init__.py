"""Cores, what is watched of them, their controls, what these have been and may be."""

from apps.qsys.models.control import Control, ControlValue
from apps.qsys.models.core import Core
from apps.qsys.models.event import EVENTS, Cause, ControlEvent, EventSource
from apps.qsys.models.export import Export, ExportContent, ExportFormat
from apps.qsys.models.inventory import (
    DesignDrift,
    DesignPin,
    DesignRun,
    InventoryItem,
    InventorySpell,
    ItemKind,
    StatusCode,
)
from apps.qsys.models.link import CoreEnd, Pairing, Side, Transport
from apps.qsys.models.page import OVER, PAGES_KEEP_DAYS, Page, PageStage
from apps.qsys.models.policy import ControlPolicy
from apps.qsys.models.tally import (
    CONTROL_TALLIES,
    CORE_TALLIES,
    TALLY_SECONDS,
    ControlTally,
    CoreTally,
    TallyMark,
)
from apps.qsys.models.telemetry import FRAMES, SECONDS, TelemetryFrame, TelemetrySecond
from apps.qsys.models.watch import MOST_HZ, Storage, Watch

#: What is split by day, made ahead and dropped by age.
PARTITIONED = (EVENTS, FRAMES, SECONDS, CORE_TALLIES, CONTROL_TALLIES)

__all__ = [
    "CONTROL_TALLIES",
    "CORE_TALLIES",
    "EVENTS",
    "FRAMES",
    "MOST_HZ",
    "OVER",
    "PAGES_KEEP_DAYS",
    "PARTITIONED",
    "SECONDS",
    "TALLY_SECONDS",
    "Cause",
    "Control",
    "ControlEvent",
    "ControlPolicy",
    "ControlTally",
    "ControlValue",
    "Core",
    "CoreEnd",
    "CoreTally",
    "DesignDrift",
    "DesignPin",
    "DesignRun",
    "EventSource",
    "Export",
    "ExportContent",
    "ExportFormat",
    "InventoryItem",
    "InventorySpell",
    "ItemKind",
    "Page",
    "PageStage",
    "Pairing",
    "Side",
    "StatusCode",
    "Storage",
    "TallyMark",
    "TelemetryFrame",
    "TelemetrySecond",
    "Transport",
    "Watch",
]
