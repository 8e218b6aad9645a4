"""The part of a client for mining pools."""

from __future__ import annotations

from collections.abc import Sequence

from apps.miners.client import config_readings, types
from apps.miners.client.calls import READ_S, WRITE_S, Part
from apps.miners.client.setup import GroupSetup
from apps.miners.contract.generated import bos_common_pb2 as common_pb
from apps.miners.contract.generated import bos_pool_pb2 as pb


class Pools(Part):
    """PoolService."""

    async def groups(self, *, timeout: float = READ_S) -> tuple[types.PoolGroup, ...]:
        """Pools and how they do."""
        method, answer = "PoolService/GetPoolGroups", pb.GetPoolGroupsResponse
        message = await self._calls.ask(method, pb.GetPoolGroupsRequest(), answer, timeout)
        return tuple(config_readings.pool_group(group) for group in message.pool_groups)

    async def replace(self, groups: Sequence[GroupSetup], *, timeout: float = WRITE_S) -> None:
        """Replace every group at once; mining restarts with the new pools."""
        request = pb.SetPoolGroupsRequest(
            save_action=common_pb.SAVE_ACTION_SAVE_AND_APPLY,
            pool_groups=[_group(group) for group in groups],
        )
        method, answer = "PoolService/SetPoolGroups", pb.SetPoolGroupsResponse
        await self._calls.ask(method, request, answer, timeout)


def _group(group: GroupSetup) -> pb.PoolGroupConfiguration:
    """Without uids, as the method wants it; always with a password, which tools rely on."""
    made = pb.PoolGroupConfiguration(name=group.name)
    if group.ratio is not None:
        made.fixed_share_ratio.value = group.ratio
    else:
        made.quota.value = group.quota if group.quota is not None else 1
    for pool in group.pools:
        made.pools.add(url=pool.url, user=pool.user, password=pool.password, enabled=pool.enabled)
    return made
