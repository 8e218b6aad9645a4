"""The part of a client for hash boards."""

from __future__ import annotations

from collections.abc import Sequence

from apps.miners.client import readings, types
from apps.miners.client.calls import READ_S, WRITE_S, Part
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_miner_pb2 as pb

_APPLY = common_pb.SAVE_ACTION_SAVE_AND_APPLY


class Boards(Part):
    """The methods of MinerService that concern boards."""

    async def all(self, *, timeout: float = READ_S) -> tuple[types.Hashboard, ...]:
        """Every board with its chips, temperatures and rates."""
        method, answer = "MinerService/GetHashboards", pb.GetHashboardsResponse
        message = await self._calls.ask(method, pb.GetHashboardsRequest(), answer, timeout)
        return tuple(readings.hashboard(board) for board in message.hashboards)

    async def switch(self, ids: Sequence[str], on: bool, *, timeout: float = WRITE_S) -> None:
        """Switch boards on or off by their ids."""
        if on:
            request = pb.EnableHashboardsRequest(save_action=_APPLY, hashboard_ids=ids)
            method, answer = "MinerService/EnableHashboards", pb.EnableHashboardsResponse
            await self._calls.ask(method, request, answer, timeout)
            return
        off = pb.DisableHashboardsRequest(save_action=_APPLY, hashboard_ids=ids)
        method = "MinerService/DisableHashboards"
        await self._calls.ask(method, off, pb.DisableHashboardsResponse, timeout)
