"""Pool groups of a simulated miner."""

from __future__ import annotations

from collections.abc import Sequence

from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_pool_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.methods.miner import pool_stats
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

_SCHEMES = ("stratum+tcp://", "stratum+ssl://", "stratum2+tcp://")


def get_groups(state: MinerState, _request: pb.GetPoolGroupsRequest) -> pb.GetPoolGroupsResponse:
    return pb.GetPoolGroupsResponse(
        pool_groups=[_shown(state, group) for group in state.settings.pool_groups]
    )


def create_group(
    state: MinerState, request: pb.CreatePoolGroupRequest
) -> pb.CreatePoolGroupResponse:
    group = _stored(state, request.group)
    _replace(state, request.save_action, [*state.settings.pool_groups, group])
    return pb.CreatePoolGroupResponse(group=group)


def update_group(
    state: MinerState, request: pb.UpdatePoolGroupRequest
) -> pb.UpdatePoolGroupResponse:
    position = _position(state, request.group.uid)
    group = _stored(state, request.group)
    group.uid = request.group.uid
    groups = list(state.settings.pool_groups)
    groups[position] = group
    _replace(state, request.save_action, groups)
    return pb.UpdatePoolGroupResponse(group=group)


def remove_group(
    state: MinerState, request: pb.RemovePoolGroupRequest
) -> pb.RemovePoolGroupResponse:
    position = _position(state, request.uid)
    groups = list(state.settings.pool_groups)
    del groups[position]
    _replace(state, request.save_action, groups)
    return pb.RemovePoolGroupResponse()


def set_groups(state: MinerState, request: pb.SetPoolGroupsRequest) -> pb.SetPoolGroupsResponse:
    groups = [_stored(state, group) for group in request.pool_groups]
    _replace(state, request.save_action, groups)
    return pb.SetPoolGroupsResponse(pool_groups=groups)


def _replace(
    state: MinerState, save: common_pb.SaveAction, groups: Sequence[pb.PoolGroupConfiguration]
) -> None:
    state.settings.pool_groups = list(groups)
    urls = [pool.url for group in groups for pool in group.pools]
    state.history.record("pools", urls=urls)
    # Either way of applying restarts mining.
    if save != common_pb.SAVE_ACTION_SAVE and state.run.daemon is not None:
        paused = state.run.paused
        state.start_daemon()
        if paused:
            state.pause()


def _position(state: MinerState, uid: str) -> int:
    for position, group in enumerate(state.settings.pool_groups):
        if uid and group.uid == uid:
            return position
    raise Refusal(Kind.NOT_FOUND, f"there is no pool group with uid {uid!r}")


def _stored(state: MinerState, given: pb.PoolGroupConfiguration) -> pb.PoolGroupConfiguration:
    """A checked copy with fresh uids."""
    group = pb.PoolGroupConfiguration()
    group.CopyFrom(given)
    group.uid = state.settings.new_uid()
    for pool in group.pools:
        if not pool.url.startswith(_SCHEMES):
            raise Refusal(Kind.INVALID, f"pool url {pool.url!r} has no known stratum scheme")
        pool.uid = state.settings.new_uid()
        if not pool.HasField("enabled"):
            pool.enabled = True
        if not pool.HasField("password"):
            pool.password = ""
    return group


def _shown(state: MinerState, group: pb.PoolGroupConfiguration) -> pb.PoolGroup:
    shown = pb.PoolGroup(name=group.name, uid=group.uid)
    if group.HasField("fixed_share_ratio"):
        shown.fixed_share_ratio.CopyFrom(group.fixed_share_ratio)
    else:
        shown.quota.CopyFrom(group.quota)
    alive = not state.faults.dead_pools
    first = next((pool.uid for pool in group.pools if pool.enabled), None)
    for pool in group.pools:
        shown.pools.add(
            uid=pool.uid,
            url=pool.url,
            user=pool.user,
            enabled=pool.enabled,
            alive=alive and pool.enabled,
            active=alive and pool.uid == first,
            stats=pool_stats(state) if pool.uid == first else pb.PoolStats(),
        )
    return shown


METHODS: Methods = {
    "GetPoolGroups": get_groups,
    "CreatePoolGroup": create_group,
    "UpdatePoolGroup": update_group,
    "RemovePoolGroup": remove_group,
    "SetPoolGroups": set_groups,
}
