"""From what the poller saw to rows: bounded buffer, packing, figures a second, binary COPY."""

from apps.qsys.telemetry.buffer import Batch, Buffer, Limits
from apps.qsys.telemetry.records import Change, LastValue, Origin, Place
from apps.qsys.telemetry.samples import Samples, SecondCollector
from apps.qsys.telemetry.spill import Spill, spill_folder
from apps.qsys.telemetry.writer import Writer, WriterTimes

__all__ = [
    "Batch",
    "Buffer",
    "Change",
    "LastValue",
    "Limits",
    "Origin",
    "Place",
    "Samples",
    "SecondCollector",
    "Spill",
    "Writer",
    "WriterTimes",
    "spill_folder",
]
