"""Switching single boards of a simulated miner on and off."""

from __future__ import annotations

from collections.abc import Iterable

from apps.miners.contract.generated import bos_miner_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState


def enable(state: MinerState, request: pb.EnableHashboardsRequest) -> pb.EnableHashboardsResponse:
    _require_known(state, request.hashboard_ids)
    state.settings.boards_off -= set(request.hashboard_ids)
    state.history.record("boards", on=list(state.boards()))
    return pb.EnableHashboardsResponse(hashboards=_states(state))


def disable(
    state: MinerState, request: pb.DisableHashboardsRequest
) -> pb.DisableHashboardsResponse:
    _require_known(state, request.hashboard_ids)
    state.settings.boards_off |= set(request.hashboard_ids)
    state.history.record("boards", on=list(state.boards()))
    return pb.DisableHashboardsResponse(hashboards=_states(state))


def _states(state: MinerState) -> list[pb.HashboardEnableState]:
    on = state.boards()
    return [pb.HashboardEnableState(id=b, is_enabled=b in on) for b in state.profile.board_ids]


def _require_known(state: MinerState, ids: Iterable[str]) -> None:
    unknown = sorted(set(ids) - set(state.profile.board_ids))
    if unknown or not ids:
        known = ", ".join(state.profile.board_ids)
        raise Refusal(Kind.INVALID, f"boards {unknown} are not among {known}")


METHODS: Methods = {"EnableHashboards": enable, "DisableHashboards": disable}
