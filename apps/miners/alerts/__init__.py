"""What is worth an alert of a miner, and what explains one."""

from apps.miners.alerts.mining import MINING_RULES
from apps.miners.alerts.muting import MUTED_BY
from apps.miners.alerts.parts import PART_RULES

__all__ = ["ALERT_RULES", "MUTED_BY"]

ALERT_RULES = (*MINING_RULES, *PART_RULES)
