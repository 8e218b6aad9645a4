"""The HTTP face of a simulated miner (port 80): front page, REST twin and GraphQL."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from aiohttp import web

from apps.miners.simulator import graphql, rest
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

_PAGE = "<!doctype html><html><head><title>Braiins OS</title></head><body>Braiins OS</body></html>"
_API = "/api/v1/"

# Time a request gets to end when the face closes; aiohttp takes 0 for ever.
_PARTING_S = 0.01


class HttpFace:
    """Opens and closes the HTTP server of one miner."""

    def __init__(self, state: MinerState) -> None:
        self._state = state
        self._server: web.Server | None = None
        self._listener: asyncio.Server | None = None

    async def open(self, address: str, port: int) -> None:
        self._server = web.Server(self._serve, access_log=None)
        loop = asyncio.get_running_loop()
        # Kept before it serves: a stop in the middle of opening must find the socket.
        self._listener = await loop.create_server(self._server, address, port, start_serving=False)
        await self._listener.start_serving()

    async def close(self) -> None:
        """Stops listening and cuts what is open."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._server is not None:
            await self._server.shutdown(_PARTING_S)
            self._server = None

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        await self._state.faults.gate()
        try:
            return await self._route(request)
        except Refusal as refusal:
            return web.Response(status=refusal.http_status, text=refusal.words)

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(_API):
            return await self._rest(request)
        if request.path.rstrip("/") == "/graphql" and request.method == "POST":
            return await self._graphql(request)
        if request.path == "/" and request.method == "GET":
            return web.Response(text=_PAGE, content_type="text/html")
        raise Refusal(Kind.NOT_FOUND, "not found")

    async def _rest(self, request: web.BaseRequest) -> web.Response:
        path = request.path.removeprefix(_API).strip("/")
        token = request.headers.get("Authorization", "")
        body = await _body(request)
        answer = rest.call(self._state, request.method, path, token, body)
        if answer is rest.NOTHING:
            return web.Response(status=HTTPStatus.NO_CONTENT)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="application/octet-stream")
        return web.json_response(answer)

    async def _graphql(self, request: web.BaseRequest) -> web.Response:
        body = await _body(request)
        query = body.get("query") if isinstance(body, dict) else None
        try:
            return web.json_response(graphql.execute(self._state, str(query)))
        except graphql.BadQuery as error:
            return web.json_response({"errors": [{"message": str(error)}]})


async def _body(request: web.BaseRequest) -> object:
    """The body as JSON; None where there is none."""
    raw = await request.read()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError as error:
        raise Refusal(Kind.INVALID, "the body is not JSON") from error
