"""What a second of samples comes to, control by control."""

from dataclasses import dataclass
from uuid import UUID

from apps.qsys.telemetry.samples import Samples


@dataclass(slots=True)
class Second:
    """The figures of one control in one second since 1970."""

    device_id: UUID
    control_id: int
    second: int
    samples: int
    minimum: float
    maximum: float
    total: float
    last: float

    @property
    def mean(self) -> float:
        """The plain mean of the samples, whatever lies between them in time."""
        return self.total / self.samples


def rolled_up(samples: Samples) -> list[Second]:
    """One row for each control that has a sample."""
    rows: dict[int, Second] = {}
    for control, value in zip(samples.controls, samples.values, strict=True):
        row = rows.get(control)
        if row is None:
            rows[control] = Second(
                samples.device_id, control, samples.second, 1, value, value, value, value
            )
            continue
        row.samples += 1
        row.total += value
        row.last = value
        if value < row.minimum:
            row.minimum = value
        elif value > row.maximum:
            row.maximum = value
    return list(rows.values())
