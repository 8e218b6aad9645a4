"""Samples of one device, collected second by second."""

from array import array
from collections.abc import Sequence
from uuid import UUID


class Samples:
    """The samples of one device in one second, as columns of equal length.

    `second` counts from 1970; `offsets` are milliseconds into it; values are 32-bit floats.
    """

    __slots__ = ("controls", "device_id", "offsets", "second", "values")

    def __init__(self, device_id: UUID, second: int) -> None:
        self.device_id = device_id
        self.second = second
        self.controls = array("i")
        self.offsets = array("H")
        self.values = array("f")

    def __len__(self) -> int:
        return len(self.controls)

    def add(self, control_id: int, offset: int, value: float) -> None:
        """One more sample."""
        self.add_many((control_id,), offset, (value,))

    def add_many(self, controls: Sequence[int], offset: int, values: Sequence[float]) -> None:
        """Samples of one moment."""
        self.controls.extend(controls)
        self.offsets.extend([offset] * len(controls))
        self.values.extend(values)


class SecondCollector:
    """Collects a device's samples and hands a second on when it is over.

    Times must not go back; one that does is put at the start of the running second.
    """

    def __init__(self, device_id: UUID) -> None:
        self._device_id = device_id
        self._open: Samples | None = None

    def add(self, control_id: int, at_us: int, value: float) -> Samples | None:
        """Take a sample; the second before, when this one opens another."""
        return self.add_many([control_id], at_us, [value])

    def add_many(
        self, controls: Sequence[int], at_us: int, values: Sequence[float]
    ) -> Samples | None:
        """Take the samples of one moment; the second before, when they open another."""
        second, offset = at_us // 1_000_000, at_us // 1000 % 1000
        running = self._open
        if running is not None and second <= running.second:
            running.add_many(controls, offset if second == running.second else 0, values)
            return None
        self._open = Samples(self._device_id, second)
        self._open.add_many(controls, offset, values)
        return running

    def close(self, before_us: int | None = None) -> Samples | None:
        """The running second, if it lies wholly before `before_us`; without one, in any case."""
        running = self._open
        if running is None:
            return None
        if before_us is not None and running.second >= before_us // 1_000_000:
            return None
        self._open = None
        return running
