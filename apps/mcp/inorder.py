"""Whether a message is beyond doubt in order; any other is the SDK's to judge and to refuse."""

from typing import Final

import mcp_types as types
from mcp.shared.inbound import (
    InboundModernRoute,
    classify_inbound_request,
    validate_mcp_param_headers,
)
from mcp_types import CLIENT_INFO_META_KEY, LOG_LEVEL_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from apps.mcp.message import Json, Message
from apps.mcp.streams.wanted import is_filter
from apps.mcp.visit import Visit

#: The members of `params` that each method may have here.
PARAMS: Final = {
    "initialize": frozenset({"_meta", "protocolVersion", "capabilities", "clientInfo"}),
    "ping": frozenset({"_meta"}),
    "server/discover": frozenset({"_meta"}),
    "tools/list": frozenset({"_meta"}),
    "tools/call": frozenset({"_meta", "name", "arguments"}),
    "subscriptions/listen": frozenset({"_meta", "notifications"}),
}
_MODERN: Final = frozenset({"server/discover", "tools/list", "tools/call", "subscriptions/listen"})
_HANDSHAKE: Final = frozenset({"initialize", "ping", "tools/list", "tools/call"})
#: Notifications that change nothing for a client without a session.
_IDLE: Final = frozenset({"notifications/initialized", "notifications/cancelled"})


def is_in_order(visit: Visit, message: Message) -> bool:
    """Whether envelope, headers and parameters leave nothing to object to."""
    headers = visit.headers
    return (
        not visit.doubled
        and message.is_plain
        and "application/json" in headers.get("accept", "")
        and headers.get("content-type", "").startswith("application/json")
        and (_modern(visit, message) if message.modern else _handshake(message))
    )


def _modern(visit: Visit, message: Message) -> bool:
    if message.is_notification or message.method not in _MODERN or not _has_known(message):
        return False
    verdict = classify_inbound_request(message.data, headers=visit.headers)
    return (
        isinstance(verdict, InboundModernRoute)
        and _are_capabilities(verdict.client_capabilities)
        and (CLIENT_INFO_META_KEY not in message.meta or _is_client(verdict.client_info))
        and LOG_LEVEL_META_KEY not in message.meta
    )


def _handshake(message: Message) -> bool:
    if message.is_notification:
        return message.method in _IDLE
    if message.method not in _HANDSHAKE or not _has_known(message):
        return False
    if message.method != "initialize":
        return True
    params = message.params
    return (
        params.get("protocolVersion") in HANDSHAKE_PROTOCOL_VERSIONS
        and _are_capabilities(params.get("capabilities"))
        and _is_client(params.get("clientInfo"))
    )


def _has_known(message: Message) -> bool:
    params = message.params
    if not (params.keys() <= PARAMS[message.method] and isinstance(params.get("_meta", {}), dict)):
        return False
    token = message.meta.get("progressToken", 0)
    if type(token) is not int and type(token) is not str:
        return False
    if message.method == "subscriptions/listen":
        return is_filter(params.get("notifications"), with_tasks=message.speaks_of_tasks)
    if message.method != "tools/call":
        return True
    return isinstance(params.get("name"), str) and isinstance(params.get("arguments", {}), dict)


def _are_capabilities(said: object) -> bool:
    return isinstance(said, dict) and all(isinstance(value, dict) for value in said.values())


def _is_client(said: object) -> bool:
    return (
        isinstance(said, dict)
        and isinstance(said.get("name"), str)
        and isinstance(said.get("version"), str)
    )


def are_parameters_mirrored(tool: types.Tool, visit: Visit, arguments: Json) -> bool:
    """Whether the `Mcp-Param-*` headers say what the arguments say, where `tool` wants any."""
    return validate_mcp_param_headers(tool.input_schema, arguments, visit.headers) is None
