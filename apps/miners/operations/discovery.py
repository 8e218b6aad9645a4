"""Operations that find miners in declared ranges and register those that were chosen."""

from typing import Final

from apps.miners.discovery import adopting, scanning
from apps.miners.discovery.schemas import (
    MinersDiscoveryAdoptIn,
    MinersDiscoveryAdoptOut,
    MinersDiscoveryListIn,
    MinersDiscoveryListOut,
    MinersDiscoveryScanIn,
    MinersDiscoveryScanOut,
)
from apps.operations.core import Danger, Face, Mode, Operation, Repeat

BY_HAND: Final = frozenset({Face.REST, Face.CONSOLE})
TIMED: Final = frozenset({Face.REST, Face.CONSOLE, Face.SCHEDULE})

SCAN = Operation(
    name="miners.discovery.scan",
    summary="Look through a declared range for miners; nothing is registered.",
    input=MinersDiscoveryScanIn,
    output=MinersDiscoveryScanOut,
    handler=scanning.scan,
    targets=scanning.scan_targets,
    permission="fleet.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=TIMED,
    mode=Mode.JOB,
    time_limit=180,
)
LIST = Operation(
    name="miners.discovery.list",
    summary="List what answered in the declared ranges, with what each is to this tenant.",
    input=MinersDiscoveryListIn,
    output=MinersDiscoveryListOut,
    handler=adopting.listed,
    permission="fleet.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
ADOPT = Operation(
    name="miners.discovery.adopt",
    summary="Register chosen finds as miners, and re-link those that moved; all or none.",
    input=MinersDiscoveryAdoptIn,
    output=MinersDiscoveryAdoptOut,
    handler=adopting.adopt,
    targets=adopting.adopt_targets,
    plan=adopting.adopt_plan,
    permission="fleet.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NEVER,
    faces=BY_HAND,
    time_limit=60,
)

OPERATIONS = (SCAN, LIST, ADOPT)
