"""What was seen of all calls, exactly: locust's own tables round."""

import time
import urllib.request
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.load.bench import Bench, percentile


@dataclass
class Measured:
    """Milliseconds by call, and the flaws that were counted."""

    latencies: dict[str, list[float]] = field(default_factory=dict)
    flaws: Counter[str] = field(default_factory=Counter)
    began: float = 0.0
    ended: float = 0.0

    def note(self, name: str, response_time: float, exception: object, **_: Any) -> None:
        """One call, as locust tells it."""
        self.began = self.began or time.monotonic() - response_time / 1000
        self.ended = time.monotonic()
        self.latencies.setdefault(name, []).append(response_time)
        if exception:
            self.flaws[f"{name}: {exception}"] += 1

    @property
    def every(self) -> list[float]:
        """All of them."""
        return [one for found in self.latencies.values() for one in found]

    @property
    def flawed(self) -> int:
        """How many calls did not get what they asked for."""
        return sum(self.flaws.values())

    @property
    def rate(self) -> float:
        """Calls a second that were answered, from the first to the last."""
        return len(self.every) / max(self.ended - self.began, 1e-9)

    def waits(self, bench: Bench, **most: float) -> None:
        """The percentiles of all calls, with limits by name (p95=100), then the p95 of each."""
        for percent in (50, 95, 99, 100):
            name = f"p{percent}" if percent < 100 else "longest"
            bench.add(name, percentile(self.every, percent), "ms", most=most.get(name))
        for name, found in sorted(self.latencies.items()):
            bench.add(f"{name} ({len(found)}), p95", percentile(found, 95), "ms")

    def mistakes(self, bench: Bench, *, most: float) -> None:
        """Calls that went wrong, of a hundred; `most` is the limit."""
        bench.add("errors", 100 * self.flawed / max(len(self.every), 1), "%", most=most)


def counters(host: str, key: str) -> dict[str, float]:
    """The plane's metrics, their labels added up."""
    asked = urllib.request.Request(f"{host}/metrics", headers={"X-API-Key": key})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        text = answer.read().decode()
    found: dict[str, float] = defaultdict(float)
    for line in text.splitlines():
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name.partition("{")[0]] += float(value)
    return dict(found)
