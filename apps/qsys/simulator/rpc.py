"""Error codes of QRC and the exception with which a method answers one of them."""

from __future__ import annotations

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
STANDBY = -32604
BAD_PARAMETERS = 1
BAD_PAGE = 2
BAD_PAGE_REQUEST = 3
MISSING_FILE = 4
NO_MORE_GROUPS = 5
UNKNOWN_GROUP = 6
UNKNOWN_COMPONENT = 7
UNKNOWN_CONTROL = 8
ILLEGAL_CHANNEL = 9
LOGON_REQUIRED = 10


class RpcError(Exception):
    """An error answer."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
