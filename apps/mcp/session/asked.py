"""Questions this process waits for: each has an id that no other process uses."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary

from apps.kernel.ids import new_id

PREFIX: Final = "ask-"

_asked: WeakKeyDictionary[asyncio.AbstractEventLoop, set[str]] = WeakKeyDictionary()


@contextmanager
def asking() -> Iterator[str]:
    """The id of a question, for as long as its answer is waited for."""
    number = f"{PREFIX}{new_id()}"
    here = _asked.setdefault(asyncio.get_running_loop(), set())
    here.add(number)
    try:
        yield number
    finally:
        here.discard(number)


def is_anothers(number: Any) -> bool:
    """Whether an answer is to a question that this process does not wait for."""
    here = _asked.get(asyncio.get_running_loop(), ())
    return isinstance(number, str) and number.startswith(PREFIX) and number not in here
