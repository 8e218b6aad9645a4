"""WSGI behind ASGI: bodies, answers, streams and leaving clients."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

import pytest

from controlplane.bridge import READ_AHEAD, Bridge
from tests.support.asgi import fetch, scope_of


def echo(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with what came in, as Django reads it: no more than the announced length."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start("201 Created", [("X-Query", environ["QUERY_STRING"]), ("X-Length", str(len(body)))])
    return [body[:50], threading.current_thread().name.encode()]


async def test_an_answer_goes_out_in_one_piece() -> None:
    answer = await fetch(Bridge(echo, 2), "/?a=1", pieces=(b"hel", b"lo"), method="POST")
    assert (answer.status, answer.headers["x-query"]) == (201, "a=1")
    assert answer.body.startswith(b"hellowsgi_")
    assert answer.messages == 2


async def test_a_body_without_length_gets_one() -> None:
    chunked = {"transfer-encoding": "chunked"}
    answer = await fetch(Bridge(echo, 2), "/", pieces=(b"a" * 10, b"b" * 10), headers=chunked)
    assert answer.headers["x-length"] == "20"


async def test_an_endless_body_is_cut_where_views_refuse_it() -> None:
    pieces = (b"x" * 400_000,) * 10
    answer = await fetch(Bridge(echo, 2), "/", pieces=pieces)
    assert READ_AHEAD < int(answer.headers["x-length"]) < READ_AHEAD + 400_000


async def test_a_large_announced_body_is_streamed_in() -> None:
    pieces = (b"x" * 700_000, b"y" * 700_000)
    headers = {"content-length": "1400000"}
    answer = await fetch(Bridge(echo, 2), "/", pieces=pieces, headers=headers)
    assert answer.headers["x-length"] == "1400000"


async def test_a_query_that_was_not_quoted_is_quoted() -> None:
    scope_query = {"query_string": "q=é&r=%20".encode()}
    answer = await fetch(Bridge(echo, 2), "/", **scope_query)
    assert answer.headers["x-query"] == "q=%C3%A9&r=%20"


class Stream:
    """A streaming response as Django's: it says so, and wants to be closed."""

    streaming = True

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"one ", b"two ", b"three")

    def close(self) -> None:
        self.closed = True


async def test_a_stream_leaves_piece_by_piece() -> None:
    stream = Stream()

    def streaming(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [])
        return stream

    answer = await fetch(Bridge(streaming, 2), "/")
    assert (answer.body, answer.messages) == (b"one two three", 5)
    assert stream.closed


async def test_who_leaves_before_the_end_calls_nothing() -> None:
    called: list[int] = []

    def never(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        called.append(1)
        return []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(message)

    await Bridge(never, 2)(scope_of("/", method="POST"), receive, send)
    assert called == []


async def test_a_mistake_of_the_application_is_the_servers_to_answer() -> None:
    def broken(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fetch(Bridge(broken, 2), "/")


async def test_threads_serve_at_once() -> None:
    barrier = threading.Barrier(4, timeout=5)

    def together(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        barrier.wait()
        start("200 OK", [])
        return [b"met"]

    bridge = Bridge(together, 4)
    answers = await asyncio.gather(*(fetch(bridge, "/") for _ in range(4)))
    assert [one.body for one in answers] == [b"met"] * 4


async def test_a_refused_body_is_read_before_the_answer_leaves() -> None:
    pieces = (b"x" * 700_000,) * 4
    left = list(pieces)
    order: list[str] = []

    def refuse(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("413 Content Too Large", [])
        return [b"no"]

    async def receive() -> MutableMapping[str, Any]:
        order.append("read")
        return {"type": "http.request", "body": left.pop(), "more_body": bool(left)}

    async def send(message: MutableMapping[str, Any]) -> None:
        order.append(message["type"])

    scope = scope_of("/", headers={"content-length": "2800000"})
    await Bridge(refuse, 1)(scope, receive, send)
    assert order == ["read"] * 4 + ["http.response.start", "http.response.body"]
