"""The design that a simulated Core runs unless told otherwise: a building with a lobby."""

from __future__ import annotations

from apps.qsys.simulator import kinds
from apps.qsys.simulator.spec import ComponentSpec, DesignSpec

METERS_A_BLOCK = 64
HIDDEN = ComponentSpec("Hidden Script", "lua_speaker", (kinds.text("script"),), exposed=False)


def demo_design(controls: int = 1000, meters: int = 8, *, name: str = "Demo House") -> DesignSpec:
    """A design with exactly `controls` visible controls, `meters` of them level meters.

    The well-known components come first, as many as fit; zone gains and custom controls fill the
    rest. Raises ValueError if there is no room for the lobby gain and the meters.
    """
    lobby = kinds.gain("Lobby Gain", -20.0)
    room = controls - len(lobby.controls) - meters
    if room < 0 or meters < 0:
        least = len(lobby.controls) + max(meters, 0)
        raise ValueError(f"a design with {meters} meters needs at least {least} controls")
    parts = [lobby, *_meter_blocks(meters)]
    for one in _well_known():
        if len(one.controls) <= room:
            parts.append(one)
            room -= len(one.controls)
    parts += _filling(room)
    named = {"LobbyGain": ("Lobby Gain", "gain"), "Lobby Mute": ("Lobby Gain", "mute")}
    return DesignSpec(name, (*parts, HIDDEN), named)


def _well_known() -> list[ComponentSpec]:
    """One of each kind, with the odd names that people really give."""
    return [
        kinds.core_status("Core Status"),
        kinds.snapshots("Snapshot Controller", 8),
        kinds.gain("Bar/Café - Süd"),
        kinds.gain("Hall.1.Left"),
        kinds.gain("会議室 1"),
        kinds.camera("PTZ Camera 1"),
        kinds.touch_screen("Touch Screen (Lobby)"),
        kinds.amplifier("Amplifier 1", 4),
        kinds.loop_player("Loop Player", 2),
        kinds.router("Source Router", 4, 2),
        kinds.mixer("Main Mixer", 8, 4, 1),
        kinds.status_combiner("Inventory Status", 12),
        kinds.paging("House Paging", 6),
        kinds.custom("Custom Controls", 20),
    ]


def _meter_blocks(count: int) -> list[ComponentSpec]:
    sizes = [METERS_A_BLOCK] * (count // METERS_A_BLOCK)
    sizes += [count % METERS_A_BLOCK] if count % METERS_A_BLOCK else []
    return [kinds.meters(f"Meters {n}", size) for n, size in enumerate(sizes, 1)]


def _filling(room: int) -> list[ComponentSpec]:
    zones = room // len(kinds.gain("").controls)
    filled = [kinds.gain(f"Zone {n:04d} Gain", -20.0) for n in range(1, zones + 1)]
    left = room - sum(len(one.controls) for one in filled)
    return [*filled, kinds.custom("Spare Controls", left)] if left else filled
