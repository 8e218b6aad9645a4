"""The shape of a unary method of a simulated miner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import Message

from apps.miners.simulator.state import MinerState

# The request's class is fixed by the contract under the method's path.
Method = Callable[[MinerState, Any], Message]
Methods = dict[str, Method]
Streamed = Callable[[MinerState, Any], Iterator[Message]]
