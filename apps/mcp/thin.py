"""The short way: discover, list and call answered from the catalogue, without the SDK's kernel."""

from typing import Final

import mcp_types as types
import orjson
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp_types import SERVER_INFO_META_KEY
from starlette.types import Message as AsgiMessage

from apps.mcp import memo, replies
from apps.mcp.answers import PLAIN
from apps.mcp.calls import ToolCalls
from apps.mcp.gate import replayed
from apps.mcp.memo import Memo
from apps.mcp.message import Json, Message
from apps.mcp.mishaps import noted
from apps.mcp.server import IDENTITY
from apps.mcp.visit import Visit
from apps.mcp.words import Said

_EMPTY: Final = b"{}"


class Thin:
    """Answers what `route` found to be quick. Belongs to one event loop.

    Lists are not made here a second time: the first answer to each is the SDK's, kept.
    """

    def __init__(self, calls: ToolCalls, manager: StreamableHTTPSessionManager) -> None:
        self._calls = calls
        self._manager = manager
        self._memo = Memo()

    async def answer(self, visit: Visit, message: Message) -> None:
        """Answer one request, or take note of one notification."""
        if message.is_notification:
            await replies.acknowledge(visit)
        elif message.method in memo.KEPT:
            await self._list(visit, message)
        elif message.method == "ping":
            await replies.result(visit, message.data["id"], _EMPTY)
        else:
            await self._call(visit, message)

    async def _list(self, visit: Visit, message: Message) -> None:
        key = memo.key_of(visit, message)
        known = self._memo.get(key)
        if known is None:
            known = await self._ask(visit, message)
            self._memo.put(key, known)
        await replies.result(visit, message.data["id"], known)

    async def _ask(self, visit: Visit, message: Message) -> bytes:
        """The SDK's result for a message that is in order."""
        parts: list[bytes] = []

        async def keep(sent: AsgiMessage) -> None:
            parts.append(sent.get("body", b""))

        async def nothing_more() -> AsgiMessage:
            return {"type": "http.disconnect"}

        receive = replayed(message.body, nothing_more)
        await self._manager.handle_request(visit.scope, receive, keep)
        return orjson.dumps(orjson.loads(b"".join(parts))["result"])

    async def _call(self, visit: Visit, message: Message) -> None:
        number, params = message.data["id"], message.params
        try:
            with noted(visit):
                result = await self._calls.answer(
                    visit, params["name"], params.get("arguments", {}), message.meta, PLAIN
                )
        except MCPError as error:
            status = ERROR_CODE_HTTP_STATUS.get(error.code, 200) if message.modern else 200
            said = error.error.model_dump(mode="json", exclude_none=True)
            await replies.error(visit, status, said, number=number)
            return
        body = result.json() if isinstance(result, Said) else dumped(result)
        await replies.result(visit, number, orjson.dumps(_enveloped(body, message)))


def dumped(result: types.CallToolResult) -> Json:
    """A result that is a model, as it goes over the wire."""
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


def _enveloped(body: Json, message: Message) -> Json:
    """A result as its era wants it: the modern one says what kind it is, and who answers."""
    if message.modern:
        return {**body, "resultType": "complete", "_meta": {SERVER_INFO_META_KEY: IDENTITY}}
    body.pop("resultType", None)
    return body
