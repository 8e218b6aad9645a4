"""Tells the pool's children that their worker is going: a warm shutdown waits for them."""

import multiprocessing
from typing import Any

from celery.signals import worker_shutting_down

#: Made at import, before the pool forks, so that parent and children have the same one.
DRAIN = multiprocessing.Event()


def begin(**_: Any) -> None:
    """The worker was asked to stop: its shards are to be given up."""
    DRAIN.set()


worker_shutting_down.connect(begin)
