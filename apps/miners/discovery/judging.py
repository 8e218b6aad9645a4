"""What a find is to this tenant: new, known, moved, in conflict, locked, foreign or gone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Final
from uuid import UUID

from django.db.models import F, Q

from apps.fleet.addresses import Ip
from apps.fleet.models import Device, DeviceKind, DeviceState, DeviceStatus
from apps.kernel.actor import Actor
from apps.miners.discovery.schemas import MinersFind
from apps.miners.models import Find
from apps.miners.models.find import Answer

VIEW: Final = "fleet.view"


class Verdict(StrEnum):
    """What may be done with it: only new and moved ones are adopted."""

    NEW = "new"
    KNOWN = "known"
    MOVED = "moved"
    CONFLICT = "conflict"
    LOCKED = "locked"
    FOREIGN = "foreign"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Judged:
    """A find, its verdict with the reason, and the device it is (of new ones: none)."""

    find: Find
    verdict: Verdict
    reason: str = ""
    device: Device | None = None
    label: str = ""


def judged(actor: Actor, finds: Sequence[Find]) -> list[Judged]:
    """Each find with its verdict of now. All of the tenant's devices count, since names, serial
    numbers and MAC addresses are unique in it; those the actor may not see are not named."""
    if not finds:
        return []
    judge = _Judge(actor, finds)
    return [judge.one(find) for find in finds]


def shown(one: Judged) -> MinersFind:
    """A find as callers see it."""
    find = one.find
    return MinersFind(
        find=find.id,
        range=find.range_id,
        site=find.path,
        address=find.address,
        verdict=one.verdict,
        reason=one.reason,
        driver="" if find.answer == Answer.FOREIGN else find.range.driver,
        model=find.model,
        firmware=find.firmware,
        hostname=find.hostname,
        uid=find.uid,
        serial=find.serial,
        mac=find.mac,
        psu_serial=find.psu_serial,
        device=one.device.id if one.device and one.label else None,
        name=one.label,
        seen_at=find.seen_at,
    )


def literal(text: str) -> Ip | None:
    """The IP address that a device's address is; None where it is a name."""
    try:
        return ip_address(text)
    except ValueError:
        return None


class _Judge:
    """Holds what finds are compared with: the tenant's devices, and its other finds."""

    def __init__(self, actor: Actor, finds: Sequence[Find]) -> None:
        self._actor = actor
        tenant = finds[0].tenant_id
        serials = {one.serial for one in finds} - {""}
        macs = {one.mac for one in finds} - {""}
        uids = {one.uid for one in finds} - {""}
        alike = Q(serial__in=serials) | Q(mac__in=macs) | Q(miner__uid__in=uids)
        rows = Device.system.filter(
            alike | Q(address__in={one.address for one in finds}),
            tenant_id=tenant,
            kind=DeviceKind.MINER,
            status=DeviceStatus.ACTIVE,
        ).select_related("state", "miner")
        self._devices = list(rows)
        current = Find.system.filter(tenant_id=tenant, answer=Answer.IDENTIFIED).filter(
            Q(range__scanned_at=None) | Q(seen_at__gte=F("range__scanned_at"))
        )
        same = Q(serial__in=serials) | Q(mac__in=macs) | Q(uid__in=uids)
        self._others = list(current.filter(same))

    def one(self, find: Find) -> Judged:
        """The verdict on one find."""
        if find.range.scanned_at is not None and find.seen_at < find.range.scanned_at:
            return Judged(find, Verdict.GONE, "It did not answer at the last scan.")
        if find.answer != Answer.IDENTIFIED:
            locked = find.answer == Answer.LOCKED
            return Judged(find, Verdict.LOCKED if locked else Verdict.FOREIGN, find.words)
        if not find.serial and not find.mac:
            words = "It tells neither serial number nor MAC address; register it by hand."
            return Judged(find, Verdict.CONFLICT, words)
        twins = sorted(one.address for one in self._others if self._is_twin(find, one))
        if twins:
            words = (
                f"The same machine was found at {', '.join(twins[:3])} too. If it has left there, "
                "scan again; else two machines claim one serial number, MAC address or board id."
            )
            return Judged(find, Verdict.CONFLICT, words)
        return self._known(find)

    @staticmethod
    def _is_twin(find: Find, other: Find) -> bool:
        pairs = ((find.serial, other.serial), (find.mac, other.mac), (find.uid, other.uid))
        same = any(mine and mine == its for mine, its in pairs)
        return same and other.address != find.address

    def _known(self, find: Find) -> Judged:
        mine = [device for device in self._devices if _is_of(find, device)]
        if not mine:
            return self._new(find)
        if len(mine) > 1:
            names = ", ".join(sorted(self._name(one) for one in mine))
            words = (
                f"Its serial number, MAC address and board id belong to several devices: {names}. "
                "Correct or decommission the wrong one."
            )
            return Judged(find, Verdict.CONFLICT, words)
        device = mine[0]
        label = self._label(device)
        odd = self._oddity(find, device)
        if odd:
            return Judged(find, Verdict.CONFLICT, odd, device, label)
        at = literal(device.address)
        if at is None or str(at) == find.address:
            return Judged(find, Verdict.KNOWN, "", device, label)
        words = f"It is {self._name(device)}"
        words += f", registered at {device.address}." if label else "."
        return Judged(find, Verdict.MOVED, words, device, label)

    def _oddity(self, find: Find, device: Device) -> str:
        """What speaks against its being that device; nothing as a rule."""
        if device.serial and find.serial and device.serial != find.serial:
            return (
                f"It has the MAC address or board id of {self._name(device)} and another serial "
                "number; if a part was changed, correct that device with fleet.device.edit."
            )
        if device.mac and find.mac and device.mac.lower() != find.mac:
            return (
                f"It has the serial number or board id of {self._name(device)} and another MAC "
                "address; if a part was changed, correct that device with fleet.device.edit."
            )
        state: DeviceState | None = getattr(device, "state", None)
        elsewhere = device.address != find.address and literal(device.address) is not None
        if elsewhere and state and state.seen_at and state.seen_at > find.seen_at:
            return f"{self._name(device)} has answered at its own address since; scan again."
        return ""

    def _new(self, find: Find) -> Judged:
        there = [one for one in self._devices if one.address == find.address]
        if not there:
            return Judged(find, Verdict.NEW)
        blank = next((one for one in there if _is_blank(one)), None)
        if blank is not None:
            words = "It is registered at this address and has not told the poller yet who it is."
            return Judged(find, Verdict.KNOWN, words, blank, self._label(blank))
        words = f"{self._name(there[0])} is registered at this address and is another machine."
        return Judged(find, Verdict.NEW, words)

    def _label(self, device: Device) -> str:
        may = self._actor.may_at(VIEW, device.site_path, device.id)
        return device.name if may else ""

    def _name(self, device: Device) -> str:
        return self._label(device) or "a device that you may not see"


def _is_of(find: Find, device: Device) -> bool:
    pairs = (
        (find.serial, device.serial),
        (find.mac, device.mac.lower()),
        (find.uid, _uid_of(device)),
    )
    return any(told and told == known for told, known in pairs)


def _is_blank(device: Device) -> bool:
    """Whether nothing but its address says which machine it is."""
    return not (device.serial or device.mac or _uid_of(device))


def _uid_of(device: Device) -> str:
    return str(getattr(getattr(device, "miner", None), "uid", ""))


def of_ids(finds: Iterable[Judged]) -> dict[UUID, Judged]:
    """The same by the finds' ids."""
    return {one.find.id: one for one in finds}
