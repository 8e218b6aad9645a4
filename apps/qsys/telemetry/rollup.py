"""What a second of samples comes to, control by control."""

from collections import defaultdict
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
    columns = _columns(samples)
    device, second = samples.device_id, samples.second
    return [
        Second(device, control, second, len(of), min(of), max(of), sum(of), of[-1])
        for control, of in columns.items()
    ]


def _columns(samples: Samples) -> dict[int, list[float]]:
    """The values of each control. Mostly the same ones changed at every poll: then slices do."""
    controls, values = samples.controls, samples.values
    ids = list(dict.fromkeys(controls))
    width = len(ids)
    if controls == controls[:width] * (len(controls) // max(1, width)):
        return {one: values[n::width].tolist() for n, one in enumerate(ids)}
    columns: defaultdict[int, list[float]] = defaultdict(list)
    for control, value in zip(controls, values, strict=True):
        columns[control].append(value)
    return columns
