"""From messages of the contract to the client's own values: how a miner is set up."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from apps.miners.client import types
from apps.miners.contract.generated import bos_configuration_pb2 as configuration_pb
from apps.miners.contract.generated import bos_pool_pb2 as pool_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb


def constraints(message: configuration_pb.GetConstraintsResponse) -> types.Constraints:
    tuner = message.tuner_constraints
    power = tuner.power_target
    watts = types.Limits(power.default.watt, power.min.watt, power.max.watt)
    rate = tuner.hashrate_target
    terahash = types.Limits(
        rate.default.terahash_per_second,
        rate.min.terahash_per_second,
        rate.max.terahash_per_second,
    )
    return types.Constraints(
        power=watts if tuner.HasField("power_target") else None,
        hashrate=terahash if tuner.HasField("hashrate_target") else None,
    )


def pool_group(group: pool_pb.PoolGroup) -> types.PoolGroup:
    return types.PoolGroup(
        uid=group.uid,
        name=group.name,
        quota=group.quota.value if group.HasField("quota") else None,
        ratio=group.fixed_share_ratio.value if group.HasField("fixed_share_ratio") else None,
        pools=tuple(_pool(pool) for pool in group.pools),
    )


def _pool(pool: pool_pb.Pool) -> types.Pool:
    return types.Pool(
        uid=pool.uid,
        url=pool.url,
        user=pool.user,
        enabled=pool.enabled,
        alive=pool.alive,
        active=pool.active,
        accepted_shares=pool.stats.accepted_shares,
        rejected_shares=pool.stats.rejected_shares,
    )


def auto_upgrade(message: upgrade_pb.GetAutoUpgradeStatusResponse) -> types.AutoUpgrade:
    return types.AutoUpgrade(
        enabled=message.enabled,
        next_at=_moment(message.next_execution) if message.HasField("next_execution") else None,
        last_at=_moment(message.last_execution) if message.HasField("last_execution") else None,
    )


def _moment(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)
