"""A lookup of a name ends when its caller's time does, however long the name server is silent."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from apps.fleet import addresses, names
from apps.kernel.errors import Code, Failure
from apps.operations.failures import is_retryable
from tests.unit.fleet.support import eventually


class SilentResolver:
    """Answers nobody until it is released, as a dead name server does."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked = 0

    def __call__(self, host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        self.asked += 1
        self.released.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.0.9", 0))]


@pytest.fixture
def silent() -> Iterator[SilentResolver]:
    resolver = SilentResolver()
    yield resolver
    resolver.released.set()
    eventually(lambda: all(thread.name != names.THREAD for thread in threading.enumerate()))


def slow(resolver: SilentResolver, within: float) -> Failure:
    with pytest.raises(Failure) as caught:
        names.look_up("core.example", within=within, resolver=resolver)
    return caught.value


def test_a_silent_name_server_costs_the_caller_its_time_and_no_more(silent: SilentResolver) -> None:
    failure = slow(silent, 0.1)
    assert failure.code is Code.TIMEOUT
    assert is_retryable(failure)
    assert "core.example was not resolved within 0.1 s" in failure.detail
    assert not silent.released.is_set()


def test_the_deadline_holds_for_the_allow_list_too(silent: SilentResolver) -> None:
    with pytest.raises(Failure) as caught:
        addresses.resolve("core.example", (1710,), within=0.05, resolver=silent)
    assert caught.value.code is Code.TIMEOUT


def test_no_time_left_asks_nobody_long(silent: SilentResolver) -> None:
    assert slow(silent, 0.0).code is Code.TIMEOUT
    assert slow(silent, -1.0).code is Code.TIMEOUT


def test_lookups_under_way_are_bounded_and_their_places_come_back(silent: SilentResolver) -> None:
    for _ in range(names.MOST + 3):
        assert slow(silent, 0.02).code is Code.TIMEOUT
    assert silent.asked == names.MOST
    silent.released.set()
    assert names.look_up("core.example", within=10, resolver=silent) != []


def test_a_name_has_all_its_addresses_and_loses_their_zones() -> None:
    def both(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        v6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fe80::1%eth0", 0, 0, 2))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.0.9", 0)), v6]

    found = names.look_up("core.example", within=5, resolver=both)
    assert list(map(str, found)) == ["10.1.0.9", "fe80::1"]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("no label")])
def test_a_name_nobody_knows_has_no_address(error: Exception) -> None:
    def ignorant(host: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise error

    assert names.look_up("core.example", within=5, resolver=ignorant) == []
