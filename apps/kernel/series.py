"""Series of the counters, kept: the client locks and looks each up anew, several times a call."""

from functools import lru_cache
from typing import TypeVar

from prometheus_client import Counter, Histogram

M = TypeVar("M", Counter, Histogram)


@lru_cache(maxsize=4_096)
def one(metric: M, *labels: str) -> M:
    """The series of these labels, of which there is a bounded number."""
    return metric.labels(*labels)
