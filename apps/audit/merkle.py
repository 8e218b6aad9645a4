"""Merkle trees as Certificate Transparency makes them (RFC 6962, section 2.1)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def leaf(data: Mapping[str, Any]) -> bytes:
    """The hash of one entry: JSON with sorted keys and no spaces, in UTF-8, after a zero byte."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes; of none, the hash of nothing.

    Pairing level by level, with a lone node moving up as it is, gives the same tree as the
    recursive definition that splits at the largest power of two.
    """
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = [*paired, level[-1]] if len(level) % 2 else paired
    return level[0]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
