"""Watches miners: one visit a device, one writer a shard."""

from apps.miners.poller.poller import MinerPoller

__all__ = ["MinerPoller"]
