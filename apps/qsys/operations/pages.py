"""Operations on public-address pages and paging zones."""

from typing import Any

from apps.operations.core import Danger, Mode, Operation, Repeat
from apps.qsys import policies
from apps.qsys.operations.faces import BY_HAND, TIMED
from apps.qsys.schemas.pages import (
    QsysPageListIn,
    QsysPageListOut,
    QsysPageStopIn,
    QsysPageStopOut,
    QsysPageSubmitIn,
    QsysPageSubmitOut,
    QsysZoneListIn,
    QsysZoneListOut,
)
from apps.qsys.services import cores
from apps.qsys.services.paging import listing, stopping, submitting, zones

#: A crowd hears it, and it cannot be unheard: planned and confirmed like a reboot.
PAGE_SUBMIT = Operation(
    name="qsys.page.submit",
    summary="Page zones of a Core with a voice or a message, and follow the page to its end.",
    input=QsysPageSubmitIn,
    output=QsysPageSubmitOut,
    handler=submitting.page_submit,
    targets=cores.core_targets,
    plan=submitting.page_submit_plan,
    settle=submitting.page_submit_settle,
    raised=policies.raised(submitting.page_submit_writes),
    permission="qsys.operate",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.KEYED,
    faces=TIMED,
    mode=Mode.JOB,
    device=True,
)
#: Not planned: a page that should not be heard has to end at once.
PAGE_STOP = Operation(
    name="qsys.page.stop",
    summary="End a page: stop its speaking, or drop it.",
    input=QsysPageStopIn,
    output=QsysPageStopOut,
    handler=stopping.page_stop,
    targets=stopping.page_targets,
    plan=stopping.page_stop_plan,
    settle=stopping.page_stop_settle,
    raised=policies.raised(stopping.page_stop_writes),
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)
PAGE_LIST = Operation(
    name="qsys.page.list",
    summary="List pages that were submitted from here, with their states.",
    input=QsysPageListIn,
    output=QsysPageListOut,
    handler=listing.page_list,
    targets=listing.page_list_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
ZONE_LIST = Operation(
    name="qsys.zone.list",
    summary="Ask a Core for its paging zones: which are busy, with which page, and its priorities.",
    input=QsysZoneListIn,
    output=QsysZoneListOut,
    handler=zones.zone_list,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
    device=True,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (PAGE_SUBMIT, PAGE_STOP, PAGE_LIST, ZONE_LIST)
