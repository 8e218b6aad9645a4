"""Operations on how a Core is reached, and on whom we take for it."""

from typing import Any

from apps.operations.core import Danger, Operation, Repeat
from apps.qsys.operations.faces import BY_HAND
from apps.qsys.schemas.links import (
    QsysCoreConnectionIn,
    QsysCoreConnectionOut,
    QsysCoreLinkIn,
    QsysCoreLinkOut,
    QsysCoreReconnectIn,
    QsysCoreReconnectOut,
    QsysCoreTrustIn,
    QsysCoreTrustOut,
)
from apps.qsys.services import cores, links

CONNECTION = Operation(
    name="qsys.core.connection",
    aliases=("manage_connection",),
    summary="Show how a Core is connected: transport, round trip, change groups, last error, pair.",
    input=QsysCoreConnectionIn,
    output=QsysCoreConnectionOut,
    handler=links.core_connection,
    targets=cores.core_targets,
    permission="qsys.view",
    danger=Danger.READ,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
RECONNECT = Operation(
    name="qsys.core.reconnect",
    summary="Drop every connection to a Core, and connect again.",
    input=QsysCoreReconnectIn,
    output=QsysCoreReconnectOut,
    handler=links.core_reconnect,
    targets=cores.core_targets,
    permission="qsys.operate",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
LINK = Operation(
    name="qsys.core.link",
    summary="Set how a Core is reached: its transport, and the address of its partner.",
    input=QsysCoreLinkIn,
    output=QsysCoreLinkOut,
    handler=links.core_link,
    targets=cores.core_targets,
    permission="qsys.configure",
    danger=Danger.CHANGE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)
TRUST = Operation(
    name="qsys.core.trust",
    summary="Accept a new certificate of a Core in place of the one that is pinned.",
    input=QsysCoreTrustIn,
    output=QsysCoreTrustOut,
    handler=links.core_trust,
    targets=cores.core_targets,
    plan=links.core_trust_plan,
    permission="qsys.configure",
    danger=Danger.DISRUPTIVE,
    repeat=Repeat.NATURAL,
    faces=BY_HAND,
)

OPERATIONS: tuple[Operation[Any, Any], ...] = (CONNECTION, RECONNECT, LINK, TRUST)
