"""Which resources an event makes worth reading again."""

from typing import Final

from apps.events.items import Item

DEVICES: Final = "fleet://devices"
SUMMARY: Final = "fleet://summary"
ROLLOUTS: Final = "fleet://rollouts"
CORES: Final = "qsys://cores"
COMPONENTS: Final = "qsys://components"
POLICIES: Final = "qsys://policies"
MINERS: Final = "miners://miners"
JOBS: Final = "jobs://jobs"
SCHEDULES: Final = "jobs://schedules"
APPROVALS: Final = "jobs://approvals"
ENTRIES: Final = "audit://entries"

#: By the beginning of an event's type: the lists it changes.
LISTS: Final = (
    ("fleet.device.", (DEVICES, SUMMARY, CORES, MINERS)),
    ("fleet.rollout.", (ROLLOUTS,)),
    ("qsys.design.", (CORES,)),
    ("qsys.policy.", (POLICIES,)),
    ("miners.miner.", (MINERS,)),
    ("jobs.job.", (JOBS, SUMMARY)),
    ("jobs.schedule.", (SCHEDULES,)),
    ("operations.approval.", (APPROVALS, SUMMARY)),
    ("operations.call.", (ENTRIES,)),
)
#: Where a single device can be read, by its id.
OF_A_DEVICE: Final = (DEVICES, CORES, COMPONENTS, MINERS)


def job_uri(job_id: object) -> str:
    """The address of one job."""
    return f"{JOBS}/{job_id}"


def touched(item: Item) -> list[str]:
    """The addresses behind which something is new."""
    found = [uri for start, uris in LISTS if item.type.startswith(start) for uri in uris]
    if item.job_id is not None:
        found.append(job_uri(item.job_id))
    if item.rollout_id is not None:
        found.append(f"{ROLLOUTS}/{item.rollout_id}")
    if item.device_id is not None:
        found += [f"{place}/{item.device_id}" for place in OF_A_DEVICE]
    return found
