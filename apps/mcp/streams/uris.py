"""Which resources an event makes worth reading again."""

from typing import Final

from apps.events.items import Item

DEVICES: Final = "fleet://devices"
SUMMARY: Final = "fleet://summary"
JOBS: Final = "jobs://jobs"
APPROVALS: Final = "jobs://approvals"

#: By the beginning of an event's type: the lists it changes.
LISTS: Final = (
    ("fleet.device.", (DEVICES, SUMMARY)),
    ("jobs.job.", (JOBS, SUMMARY)),
    ("operations.approval.", (APPROVALS, SUMMARY)),
)


def job_uri(job_id: object) -> str:
    """The address of one job."""
    return f"{JOBS}/{job_id}"


def device_uri(device_id: object) -> str:
    """The address of one device."""
    return f"{DEVICES}/{device_id}"


def touched(item: Item) -> list[str]:
    """The addresses behind which something is new."""
    found = [uri for start, uris in LISTS if item.type.startswith(start) for uri in uris]
    if item.job_id is not None:
        found.append(job_uri(item.job_id))
    if item.device_id is not None:
        found.append(device_uri(item.device_id))
    return found
