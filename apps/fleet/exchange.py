"""Devices as CSV: written so that it reads back the same, and runs nothing in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from apps.fleet import addresses
from apps.fleet.drivers import driver
from apps.fleet.models import Device, Site
from apps.fleet.schemas import FleetDeviceRegisterIn
from apps.fleet.selectors import devices, sites
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, invalid

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
    """One row with its verdict: `create`, `unchanged` or `refused` with the reason."""

    line: int
    name: str
    verdict: str
    reason: str = ""
    wanted: FleetDeviceRegisterIn | None = None
    site: Site | None = None


def written(rows: Iterable[Device]) -> str:
    """The devices as CSV text with a heading."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for device in rows:
        writer.writerow(map(guarded, _cells(device)))
    return out.getvalue()


def judged(actor: Actor, text: str) -> list[Row]:
    """Every row with its verdict; nothing is written. Raises `invalid` for an unreadable head."""
    judge = _Judge(actor)
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

    def __init__(self, actor: Actor) -> None:
        self._sites = {site.path: site for site in sites(actor, "fleet.configure")}
        self._devices = {device.name: device for device in devices(actor)}
        self._seen: dict[tuple[str, str], int] = {}

    def row(self, line: int, cells: dict[str, str]) -> Row:
        name = cells.get("name", "")[:100]
        try:
            wanted = FleetDeviceRegisterIn.model_validate(_fields(cells))
            site, verdict = self._verdict(line, wanted)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            return Row(line, name, "refused", f"{where}: {first['msg']}")
        except Failure as failure:
            return Row(line, name, "refused", failure.detail)
        return Row(line, name, verdict, "", wanted, site)

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
        if _as_wanted(there) != wanted:
            raise invalid("name", "another device has it; change that one with fleet.device.edit.")
        return site, "unchanged"

    def _require_new(self, line: int, wanted: FleetDeviceRegisterIn) -> None:
        """Two rows of one text must not claim the same name, serial or MAC."""
        family = driver(wanted.driver).kind
        claims = {
            ("name", wanted.name): "name",
            (f"serial of {family}", wanted.serial): "serial",
            ("mac", wanted.mac): "mac",
        }
        for claim, field in claims.items():
            if not claim[1]:
                continue
            before = self._seen.setdefault(claim, line)
            if before != line:
                raise invalid(field, f"is in line {before} already.")


def _fields(cells: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = {name: cell for name, cell in cells.items() if cell}
    if cells.get("ports"):
        found["ports"] = _ports(cells["ports"])
    if cells.get("tags"):
        found["tags"] = cells["tags"].split(";")
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
