"""What the miner operations do: read, act, read back, and settle what was left open."""

from apps.miners.services.disturbing import disruption, disturb, held_by_a_job
from apps.miners.services.locate import locate_settle, miner_locate
from apps.miners.services.lookup import miner_of, miner_targets, plan_target
from apps.miners.services.mining import (
    miner_pause,
    miner_resume,
    pause_plan,
    pause_settle,
    resume_settle,
)
from apps.miners.services.reboot import miner_reboot, reboot_plan, reboot_settle
from apps.miners.services.status import miner_status

__all__ = [
    "disruption",
    "disturb",
    "held_by_a_job",
    "locate_settle",
    "miner_locate",
    "miner_of",
    "miner_pause",
    "miner_reboot",
    "miner_resume",
    "miner_status",
    "miner_targets",
    "pause_plan",
    "pause_settle",
    "plan_target",
    "reboot_plan",
    "reboot_settle",
    "resume_settle",
]
