"""Says how long a child that died waits before it is started again."""

from dataclasses import dataclass


@dataclass
class Backoff:
    """Doubles the wait with each early death; a child that lived long starts afresh (seconds)."""

    first: float = 0.5
    most: float = 30.0
    healthy_after: float = 30.0
    _next: float = 0.0

    def after(self, lived: float) -> float:
        """The wait after a life of `lived` seconds."""
        if not self._next or lived >= self.healthy_after:
            self._next = self.first
        wait = self._next
        self._next = min(self.most, self._next * 2)
        return wait
