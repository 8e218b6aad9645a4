"""Adopting finds: new ones are registered, moved ones are found again; all of them or none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import GenericIPAddressField
from django.db.models.functions import Cast

from apps.fleet.models import Device, DeviceStatus, DiscoveryRange, Site
from apps.fleet.selectors import site_get
from apps.fleet.services import credential_set, device_create, device_update, range_login
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure, FieldError, not_found
from apps.miners.discovery import judging
from apps.miners.discovery.judging import Judged, Verdict
from apps.miners.discovery.schemas import (
    MinersAdopted,
    MinersDiscoveryAdoptIn,
    MinersDiscoveryAdoptOut,
    MinersDiscoveryListIn,
    MinersDiscoveryListOut,
)
from apps.miners.models import Find, Miner
from apps.operations.context import Context
from apps.operations.core import TargetRef
from apps.operations.outcome import Plan, PlanChange, PlanRefusal, PlanTarget

CONFIGURE: Final = "fleet.configure"
VIEW: Final = "fleet.view"
#: Older finds say too little of now. Longer than an approval may take.
OLDEST: Final = timedelta(days=2)
#: What a machine may bring into a name of ours.
UNFIT: Final = re.compile(r"[^A-Za-z0-9._-]+")
WAITS: Final = "It could be adopted, but all are or none; leave out those that cannot be."


@dataclass(frozen=True, slots=True)
class Row:
    """One find with what would become of it; `refusal` says why nothing can."""

    judged: Judged
    name: str
    site_path: str
    refusal: str = ""

    @property
    def find(self) -> Find:
        """The find."""
        return self.judged.find


def listed(ctx: Context, data: MinersDiscoveryListIn) -> MinersDiscoveryListOut:
    """Finds of the ranges the caller may see."""
    rows = Find.objects.for_actor(ctx.actor, VIEW)
    if data.range is not None:
        rows = rows.filter(range_id=data.range)
    # As numbers: .9 comes before .10.
    placed = rows.select_related("range").order_by("path", Cast("address", GenericIPAddressField()))
    page = placed[data.offset : data.offset + data.limit]
    found = judging.judged(ctx.actor, list(page))
    return MinersDiscoveryListOut(finds=[judging.shown(one) for one in found], total=rows.count())


def adopt_targets(actor: Actor, data: MinersDiscoveryAdoptIn) -> tuple[TargetRef, ...]:
    """The place of each new one, and each device that moved."""
    return tuple(_target(row) for row in rows_of(actor, data))


def _target(row: Row) -> TargetRef:
    device = row.judged.device
    if row.judged.verdict is Verdict.MOVED and device is not None:
        return TargetRef("device", device.id, row.name, device.site_path, device.id)
    return TargetRef("find", row.find.id, row.name, row.site_path)


def rows_of(actor: Actor, data: MinersDiscoveryAdoptIn) -> list[Row]:
    """What would become of each find; raises `not_found` at one that is absent or foreign."""
    site = site_get(actor, data.site, CONFIGURE).path if data.site else None
    wanted = list(dict.fromkeys(data.finds))
    rows = Find.objects.for_actor(actor, CONFIGURE).select_related("range").filter(id__in=wanted)
    found = judging.of_ids(judging.judged(actor, list(rows)))
    names = _Names(actor)
    result = []
    for number in wanted:
        one = found.get(number)
        if one is None:
            raise not_found("find", number)
        result.append(_row(one, names, site or one.find.path))
    return result


def _row(one: Judged, names: "_Names", site_path: str) -> Row:
    if one.verdict is Verdict.MOVED:
        name = one.label or one.find.address
    else:
        name = names.for_find(one.find) if one.verdict is Verdict.NEW else one.find.address
    return Row(one, name, site_path, refusal_of(one))


def refusal_of(one: Judged) -> str:
    """Why a find cannot be adopted; nothing when it can."""
    if one.find.seen_at < clock.now() - OLDEST:
        return f"{one.find.address} was looked at too long ago; scan its range again."
    if one.verdict is Verdict.KNOWN:
        return f"{one.find.address} is {one.label or 'registered'} already."
    if one.verdict in (Verdict.NEW, Verdict.MOVED):
        return ""
    how = "in conflict" if one.verdict is Verdict.CONFLICT else one.verdict
    return f"{one.find.address} is {how}. {one.reason}"


class _Names:
    """Gives new devices names that nobody in the tenant has."""

    def __init__(self, actor: Actor) -> None:
        active = Device.system.filter(tenant_id=actor.tenant, status=DeviceStatus.ACTIVE)
        self._taken = set(active.values_list("name", flat=True))

    def for_find(self, find: Find) -> str:
        """The host name where it is free, else with the end of its serial number."""
        mark = find.serial or find.mac
        stem = UNFIT.sub("-", find.hostname).strip("-.")[:60] or f"miner-{UNFIT.sub('-', mark)}"
        name = stem
        for more in (mark[-6:], mark):
            if name not in self._taken:
                break
            name = f"{stem}-{UNFIT.sub('-', more)}"[:100]
        self._taken.add(name)
        return name


def adopt_plan(ctx: Context, data: MinersDiscoveryAdoptIn) -> Plan:
    """What becomes of each find; where one cannot be adopted, none is."""
    rows = rows_of(ctx.actor, data)
    stopped = any(row.refusal for row in rows)
    # The reason that stops all comes first: it is what a caller without a plan is told.
    refused = sorted((row for row in rows if stopped), key=lambda row: not row.refusal)
    return Plan(
        targets=tuple(
            PlanTarget(kind="find", id=row.find.id, label=f"{row.name} ({row.find.address})")
            for row in rows
        ),
        changes=tuple(_change(row) for row in rows if not row.refusal),
        refusals=tuple(
            PlanRefusal(target=row.find.id, reason=row.refusal or WAITS) for row in refused
        ),
        risks=("From then on they are polled, and can be operated, with the stored log-in.",),
    )


def _change(row: Row) -> PlanChange:
    device, find = row.judged.device, row.find
    if row.judged.verdict is Verdict.MOVED and device is not None:
        return PlanChange(target=find.id, what="address", before=device.address, after=find.address)
    after = {"name": row.name, "site": row.site_path, "serial": find.serial, "mac": find.mac}
    return PlanChange(target=find.id, what="register", after=after)


def adopt(ctx: Context, data: MinersDiscoveryAdoptIn) -> MinersDiscoveryAdoptOut:
    """Register and re-link; a row that cannot be taken stops all of them."""
    rows = rows_of(ctx.actor, data)
    require_all(rows)
    made = _Making(ctx.actor, data)
    adopted = [made.one(row) for row in rows]
    ctx.before = {one.name: one.before for one in adopted if one.before}
    ctx.after = {one.name: one.address for one in adopted}
    return MinersDiscoveryAdoptOut(adopted=adopted)


def require_all(rows: Sequence[Row]) -> None:
    """Raises `invalid` with a reason for each row that cannot be adopted."""
    wrong = [row for row in rows if row.refusal]
    if wrong:
        raise Failure(
            Code.INVALID,
            f"{len(wrong)} of {len(rows)} finds cannot be adopted, so none was: {wrong[0].refusal}",
            errors=[FieldError(f"finds.{row.find.id}", row.refusal) for row in wrong],
        )


class _Making:
    """Makes devices of rows, within the running transaction."""

    def __init__(self, actor: Actor, data: MinersDiscoveryAdoptIn) -> None:
        self._actor = actor
        self._tags = list(data.tags)
        self._sites: dict[str, Site] = {}
        self._logins: dict[UUID, dict[str, str]] = {}

    def one(self, row: Row) -> MinersAdopted:
        """What one find became."""
        device = row.judged.device
        if row.judged.verdict is Verdict.MOVED and device is not None:
            before = str(device_update(device, {"address": row.find.address})["address"])
            return _out(row, device, "moved", before)
        return _out(row, self._registered(row), "registered", "")

    def _registered(self, row: Row) -> Device:
        find = row.find
        device = device_create(
            site=self._site(row.site_path),
            driver_name=find.range.driver,
            name=row.name,
            address=find.address,
            serial=find.serial,
            mac=find.mac,
            model=find.model,
            firmware=find.firmware,
            tags=self._tags,
        )
        Miner.system.create(
            device=device, uid=find.uid, platform=find.platform, psu_serial=find.psu_serial
        )
        login = self._login(find.range)
        if login:
            credential_set(device, login)
        return device

    def _site(self, path: str) -> Site:
        if path not in self._sites:
            self._sites[path] = site_get(self._actor, path, CONFIGURE)
        return self._sites[path]

    def _login(self, row: DiscoveryRange) -> dict[str, str]:
        if row.id not in self._logins:
            self._logins[row.id] = range_login(row)
        return self._logins[row.id]


def _out(row: Row, device: Device, verdict: str, before: str) -> MinersAdopted:
    return MinersAdopted(
        find=row.find.id,
        device=device.id,
        name=device.name,
        verdict=verdict,
        before=before,
        address=row.find.address,
    )
