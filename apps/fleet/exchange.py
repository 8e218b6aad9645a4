"""Devices as CSV: written so that it reads back the same, and runs nothing in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from apps.fleet import addresses
from apps.fleet.drivers import driver
from apps.fleet.models import Device, Site
from apps.fleet.schemas import FleetDeviceRegisterIn
from apps.fleet.selectors import devices, sites
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, invalid

CONFIGURE: Final = "fleet.configure"
COLUMNS: Final = (
    *("name", "driver", "site", "address", "ports", "serial", "mac", "model", "tags"),
    *("circuit", "slot"),
)
REQUIRED: Final = frozenset({"name", "driver", "site", "address"})
#: What makes a spreadsheet take a cell for a formula; the apostrophe is what hides it.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
LONGEST: Final = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row with its verdict: `create`, `change`, `unchanged`, or `refused` with the reason.

    `before` and `after` are the columns that a change changes.
    """

    line: int
    name: str
    verdict: str
    reason: str = ""
    wanted: FleetDeviceRegisterIn | None = None
    site: Site | None = None
    device: Device | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def written(rows: Iterable[Device]) -> str:
    """The devices as CSV text with a heading."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for device in rows:
        writer.writerow(map(guarded, _cells(device)))
    return out.getvalue()


def judged(actor: Actor, text: str, *, update: bool = False) -> list[Row]:
    """Every row with its verdict; nothing is written. Raises `invalid` for an unreadable head.

    With `update` the row of a registered device changes it: as its cells say, empty ones too;
    columns that the text does not have stay as they are.
    """
    judge = _Judge(actor, update=update)
    return [judge.row(line, cells) for line, cells in _read(text)]


def guarded(cell: str) -> str:
    """The cell with an apostrophe where a spreadsheet would see a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def bare(cell: str) -> str:
    """The cell as it was before `guarded`; an apostrophe of its own before a letter stays."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _cells(device: Device) -> tuple[str, ...]:
    ports = ";".join(f"{name}={port}" for name, port in sorted(device.ports.items()))
    return (
        device.name,
        device.driver,
        device.site_path,
        device.address,
        ports,
        device.serial,
        device.mac,
        device.model,
        ";".join(device.tags),
        device.circuit,
        device.slot,
    )


def _read(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        _require_heading(heading)
        for cells in reader:
            if reader.line_num > LONGEST:
                raise invalid("csv", f"has more than {LONGEST} lines; split it.")
            if any(cells):
                yield reader.line_num, dict(zip(heading, map(bare, cells), strict=False))
    except csv.Error as error:
        raise invalid("csv", f"line {reader.line_num} cannot be read: {error}.") from None


def _require_heading(heading: list[str]) -> None:
    missing, unknown = REQUIRED - set(heading), set(heading) - set(COLUMNS)
    if missing or unknown or len(set(heading)) != len(heading):
        wrong = ", ".join(sorted(missing or unknown)) or "a name twice"
        raise invalid(
            "csv",
            f"the heading line {'lacks' if missing else 'has'} {wrong[:200]}.",
            allowed=", ".join(COLUMNS),
        )


class _Judge:
    """Holds what the rows are compared with: the actor's places and devices, and rows before."""

    def __init__(self, actor: Actor, *, update: bool) -> None:
        self._update = update
        self._sites = {site.path: site for site in sites(actor, CONFIGURE)}
        self._devices = {device.name: device for device in devices(actor)}
        mine = devices(actor, CONFIGURE) if update else devices(actor).none()
        self._mine = set(mine.order_by().values_list("id", flat=True))
        self._seen: dict[tuple[str, str], int] = {}

    def row(self, line: int, cells: dict[str, str]) -> Row:
        name = cells.get("name", "")[:100]
        there = self._devices.get(name)
        try:
            known = _as_wanted(there).model_dump() if there and self._update else None
            wanted = FleetDeviceRegisterIn.model_validate(_fields(cells, known))
            site, verdict = self._verdict(line, wanted)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return Row(line, name, "refused", f"{where}: {first['msg']}")
        except Failure as failure:
            return Row(line, name, "refused", failure.detail)
        if verdict != "change" or there is None or known is None:
            return Row(line, name, verdict, "", wanted, site)
        after = {key: new for key, new in wanted.model_dump().items() if new != known[key]}
        before = {key: known[key] for key in after}
        return Row(line, name, verdict, "", wanted, site, there, before, after)

    def _verdict(self, line: int, wanted: FleetDeviceRegisterIn) -> tuple[Site, str]:
        site = self._sites.get(wanted.site)
        if site is None:
            raise invalid("site", f"there is no place {wanted.site!r} where you may register.")
        family = driver(wanted.driver)
        addresses.screen(wanted.address, {**family.default_ports, **wanted.ports}.values())
        self._require_new(line, wanted)
        there = self._devices.get(wanted.name)
        if there is None:
            return site, "create"
        if _as_wanted(there) == wanted:
            return site, "unchanged"
        if not self._update:
            raise invalid("name", "a registered device has it; set update to change that one.")
        if there.id not in self._mine:
            raise invalid("name", "that device is there, and you may not change it.")
        if there.driver != wanted.driver:
            raise invalid("driver", "cannot change; decommission the device and register it anew.")
        return site, "change"

    def _require_new(self, line: int, wanted: FleetDeviceRegisterIn) -> None:
        """Two rows of one text must not claim the same name, serial or MAC."""
        family = driver(wanted.driver).kind
        claims = {
            ("name", wanted.name): "name",
            (f"serial of {family}", wanted.serial): "serial",
            ("mac", wanted.mac): "mac",
        }
        for claim, column in claims.items():
            if not claim[1]:
                continue
            before = self._seen.setdefault(claim, line)
            if before != line:
                raise invalid(column, f"is in line {before} already.")


def _fields(cells: dict[str, str], known: Mapping[str, object] | None) -> dict[str, object]:
    """The cells as the model takes them, over what is known; else empty ones say nothing."""
    said = cells if known is not None else {name: cell for name, cell in cells.items() if cell}
    found: dict[str, object] = {**(known or {}), **said}
    if "ports" in said:
        found["ports"] = _ports(said["ports"]) if said["ports"] else {}
    if "tags" in said:
        found["tags"] = said["tags"].split(";") if said["tags"] else []
    return found


def _ports(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(";"))
    return {name.strip(): number.strip() for name, _, number in parts}


def _as_wanted(device: Device) -> FleetDeviceRegisterIn:
    return FleetDeviceRegisterIn(
        name=device.name,
        driver=device.driver,
        site=device.site_path,
        address=device.address,
        ports=device.ports,
        serial=device.serial,
        mac=device.mac,
        model=device.model,
        tags=device.tags,
        circuit=device.circuit,
        slot=device.slot,
    )
