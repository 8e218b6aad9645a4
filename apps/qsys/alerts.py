"""What is worth an alert of a Core, from what its poller keeps."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from apps.fleet.alerts.rules import Measured, Rule, Seen, Side, Thresholds, of
from apps.qsys.models import Core, DesignDrift, Pairing, StatusCode

#: How bad the six statuses are. A Core that starts is not well yet; what need not be there is.
BADNESS: Final = {
    int(StatusCode.OK): 0,
    int(StatusCode.NOT_PRESENT): 0,
    int(StatusCode.INITIALIZING): 1,
    int(StatusCode.COMPROMISED): 2,
    int(StatusCode.MISSING): 3,
    int(StatusCode.FAULT): 3,
}
PAIR_BADNESS: Final = {
    Pairing.NORMAL: 0,
    Pairing.DEGRADED: 1,
    Pairing.DIFFERING: 2,
    Pairing.UNSERVED: 3,
    Pairing.SPLIT: 3,
}


def status(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """How bad a Core's own status is, from 0 for OK to 3 for a fault."""
    for one, core in fresh(devices):
        if core.status_code in BADNESS:
            yield of(one, BADNESS[core.status_code], core.status)


def pairing(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """How bad a redundant pair stands, from 0 to 3 for a split brain or nobody who serves."""
    for one, core in fresh(devices):
        if core.pair:
            pair = Pairing(core.pair)
            yield of(one, PAIR_BADNESS[pair], f"{pair.label}.")


def drift(devices: Sequence[Seen], now: datetime) -> Iterable[Measured]:
    """1 for a Core that runs another design or firmware than it should, 0 for others."""
    drifted = DesignDrift.objects.filter(device_id__in=[one.id for one in devices])
    details = dict(drifted.values_list("device_id", "detail"))
    for one in devices:
        if one.is_fresh:
            yield of(one, float(one.id in details), details.get(one.id, "As it should."))


def fresh(devices: Sequence[Seen]) -> Iterable[tuple[Seen, Core]]:
    """Cores that answer, with what is kept of them."""
    those = {one.id: one for one in devices if one.is_fresh}
    for core in Core.system.filter(device_id__in=list(those)):
        yield those[core.device_id], core


ALERT_RULES: Final = (
    Rule(
        name="qsys.core.status",
        kind="core",
        title="not OK",
        summary="A Core's status: 1 initializing, 2 compromised, 3 missing or fault.",
        unit="",
        side=Side.ABOVE,
        usual=Thresholds(2, 1, 30, 30, "warning"),
        read=status,
        least=1,
        most=3,
    ),
    Rule(
        name="qsys.pair.broken",
        kind="core",
        title="with a broken pair",
        summary="A redundant pair: 1 degraded, 2 differing designs, 3 split brain or unserved.",
        unit="",
        side=Side.ABOVE,
        usual=Thresholds(1, 1, 15, 30, "critical"),
        read=pairing,
        least=1,
        most=3,
    ),
    Rule(
        name="qsys.design.drifted",
        kind="core",
        title="with another design",
        summary="A Core runs another design or firmware than it should.",
        unit="",
        side=Side.ABOVE,
        usual=Thresholds(1, 1, 60, 30, "warning"),
        read=drift,
        least=1,
        most=1,
    ),
)
