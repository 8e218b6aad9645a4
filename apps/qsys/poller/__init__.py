"""Polls Cores up to 33 times a second, one connection each, and hands on what changed."""

from apps.qsys.poller.shard import QsysPoller
from apps.qsys.poller.times import Times

__all__ = ["QsysPoller", "Times"]
