"""One spelling for data that is hashed: plan hashes, body hashes, audit leaves."""

import hashlib
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def canonical(value: Any) -> bytes:
    """`value` as JSON with sorted keys and no spaces; the same data gives the same bytes."""
    return orjson.dumps(value, default=str, option=_OPTIONS)


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
