"""What Cores of the scene report, run, page and export."""

from datetime import timedelta

from apps.fleet.models import Device
from apps.kernel import clock
from apps.kernel.ids import new_id
from apps.qsys.models import (
    DesignDrift,
    DesignPin,
    DesignRun,
    Export,
    InventoryItem,
    InventorySpell,
    Page,
)

#: Component, status control, and its spells: code, words, hours ago.
STATUSES = (
    ("Amp 1", "status", (0, "OK", 70), (1, "Compromised - over 80 °C", 9), (2, "Fault - fan", 3)),
    ("Camera", "status", (0, "OK", 70), (4, "Missing", 26)),
    ("Stage Box", "status", (0, "OK", 70)),
    ("Touch Screen", "status.led", (5, "Initializing - boots", 0.1)),
    ("Spare Mic", "status", (3, "Not present", 70)),
)


def inventory(cores: list[Device]) -> InventoryItem:
    """A Core with something in each status, and one that is lost; the item in fault."""
    items = [_item(cores[1], "component", *row) for row in STATUSES]
    _item(cores[1], "core", "", "", (0, "OK - 12 OK", 70), (2, "Fault - 1 fault", 3))
    _item(cores[0], "core", "", "", (0, "OK", 70), (4, "No route to host", 0.26))
    return items[0]


def _item(device: Device, kind: str, component: str, control: str, *turns) -> InventoryItem:
    made = InventoryItem.system.create(
        device=device, kind=kind, component=component, control=control
    )
    now = clock.now()
    begins = [now - timedelta(hours=hours) for _, _, hours in turns]
    ends = [*begins[1:], None]
    for (code, text, _), began, ended in zip(turns, begins, ends, strict=True):
        InventorySpell.system.create(item=made, code=code, text=text, began=began, ended=ended)
    return made


def designs(cores: list[Device]) -> None:
    """What the Cores run; one of them not what is pinned."""
    now = clock.now()
    for number, device in enumerate(cores[:3]):
        run = {"device": device, "design": "Grand Hotel v14", "platform": "Core 110f"}
        began = now - timedelta(days=9 - number)
        DesignRun.system.create(
            **run, design_code="Ab3dE5gH1jK2", began=began, ended=now - timedelta(hours=5)
        )
        code = f"Zz9yX8wV7u{number % 2}6"
        DesignRun.system.create(**run, design_code=code, began=now - timedelta(hours=5))
    DesignPin.objects.create(
        device=cores[1],
        design="Grand Hotel v14",
        design_code="Ab3dE5gH1jK2",
        pinned_by="engineer-1",
        pinned_at=now - timedelta(days=8),
    )
    DesignDrift.objects.create(
        device=cores[1],
        reasons=["pin"],
        detail="It runs Grand Hotel v14 (Zz9yX8wV7u16), pinned is Grand Hotel v14 (Ab3dE5gH1jK2).",
        since=now - timedelta(hours=5),
    )


#: Mode, source, state, detail, ending, what it is.
PAGES = (
    ("live", "Reception Desk", "input", "live", "", "Lost child"),
    ("message", "Closing.wav", "wait", "preamble", "", ""),
    ("delay", "Stage Left", "input", "record", "", "Interval bell"),
    ("message", "Closing.wav", "done", "interrupt", "interrupt", "Closing at eleven"),
    ("live", "Reception Desk", "done", "timeout", "timeout", ""),
    ("message", "Chime.wav", "done", "success", "success", ""),
)


def paging(device: Device) -> None:
    """Pages on the air and over, and a file that was exported."""
    now = clock.now()
    for number, (mode, source, state, detail, ending, words) in enumerate(PAGES):
        moment = now - timedelta(minutes=3 * number)
        Page.system.create(
            device=device,
            job_id=new_id(),
            call_id=new_id(),
            number=number + 1,
            mode=mode,
            zones=[[1, "Lobby"], [2, "Ballroom foyer"]],
            priority=3,
            station="" if mode == "message" else source,
            message=source if mode == "message" else "",
            description=words,
            actor="engineer-1",
            state=state,
            detail=detail,
            ending=ending,
            count=48 if state == "input" else None,
            submitted_at=moment,
            changed_at=moment,
            heard_at=moment,
        )
    Export.system.create(
        device=device,
        job_id=new_id(),
        content="events",
        format="parquet",
        name="ballroom-core-events-20260901T1800-20260901T2300.parquet",
        since=now - timedelta(hours=6),
        until=now - timedelta(hours=1),
        rows=48_211,
        size=1_204_224,
        sha256="ab12" * 16,
        made_by="engineer-1",
        expires_at=now + timedelta(days=2),
    )
