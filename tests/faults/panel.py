"""A hand at the panel of a simulated Core, and what history tells of its turns."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.flows.conftest import Api
from tests.support.controls import CoreControl

LEVEL = {"component": "Lobby Gain", "control": "gain"}
#: A turn; exact in single precision, so that what is told can be compared.
START, STEP = -99.5, 0.125


@contextmanager
def turning(core: CoreControl) -> Iterator[list[float]]:
    """A hand at the panel, all the time; the values it has set."""
    turned: list[float] = []
    over = threading.Event()

    def turn() -> None:
        while not over.wait(0.1):
            turned.append(START + STEP * len(turned))
            core.tell("set", **LEVEL, value=turned[-1])

    hand = threading.Thread(target=turn)
    hand.start()
    try:
        yield turned
    finally:
        over.set()
        hand.join()


def told(api: Api, since: str) -> list[dict[str, Any]]:
    """The turns that history has, oldest first."""
    wanted = {"device": "Lobby", "components": ["Lobby Gain"], "controls": ["gain"]}
    answer = api.call("qsys.event.list", input={**wanted, "since": since, "limit": 1000})
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["output"]["events"]))
