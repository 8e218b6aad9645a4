"""The component types of typical designs, each as a function that lists its controls."""

from __future__ import annotations

from collections.abc import Iterable

from apps.qsys.simulator.spec import ComponentSpec, ControlSpec, MeterSpec

READ_ONLY = "Read Only"
STATUS = ("OK", "Compromised", "Fault", "Not Present", "Missing", "Initializing")


def level(name: str, value: float = 0.0, low: float = -100.0, high: float = 20.0) -> ControlSpec:
    """A gain in dB."""
    return ControlSpec(name, "Float", low, high, value, unit="dB")


def switch(name: str, off: str = "no", on: str = "yes", *, value: float = 0.0) -> ControlSpec:
    """A Boolean with its two words."""
    return ControlSpec(name, "Boolean", 0, 1, value, labels=(off, on))


def mute(name: str = "mute") -> ControlSpec:
    """A mute."""
    return switch(name, "unmuted", "muted")


def trigger(name: str, kind: str = "Trigger") -> ControlSpec:
    """Something to press; it has no readable value."""
    return ControlSpec(name, kind)


def text(name: str, content: str = "", *, read_only: bool = False) -> ControlSpec:
    """A line of text."""
    direction = READ_ONLY if read_only else "Read/Write"
    return ControlSpec(name, "Text", text=content, direction=direction)


def reading(
    name: str, value: float, low: float, high: float, unit: str, swing: float = 0.0
) -> ControlSpec:
    """A read-only number; with `swing` it moves slowly around its value."""
    meter = MeterSpec(value, swing, 40.0) if swing else None
    return ControlSpec(name, "Float", low, high, value, unit=unit, direction=READ_ONLY, meter=meter)


def status(name: str = "status") -> ControlSpec:
    """The component status, 0 OK to 5 Initializing."""
    return ControlSpec(name, "Status", 0, 5, 0, labels=STATUS, direction=READ_ONLY)


def component(
    name: str, kind: str, controls: Iterable[ControlSpec], *, numbers: bool = False
) -> ComponentSpec:
    """A component with script access."""
    return ComponentSpec(name, kind, tuple(controls), {"type_1": kind}, numbers=numbers)


def gain(name: str, value: float = 0.0) -> ComponentSpec:
    """A gain block."""
    return component(
        name,
        "gain",
        [
            level("gain", value),
            mute(),
            switch("bypass"),
            switch("invert", "normal", "inverted"),
            trigger("stepper.increase"),
            trigger("stepper.decrease"),
        ],
    )


def mixer(name: str, inputs: int, outputs: int, cues: int = 0) -> ComponentSpec:
    """A matrix mixer with labels, gains, mutes, solos, crosspoints and cue buses."""
    rows: list[ControlSpec] = []
    for i in range(1, inputs + 1):
        rows += [level(f"input.{i}.gain"), mute(f"input.{i}.mute"), switch(f"input.{i}.solo")]
        rows.append(text(f"input.{i}.label", f"Input {i}"))
    for o in range(1, outputs + 1):
        rows += [level(f"output.{o}.gain"), mute(f"output.{o}.mute")]
        rows.append(text(f"output.{o}.label", f"Output {o}"))
    for i in range(1, inputs + 1):
        for o in range(1, outputs + 1):
            point = f"input.{i}.output.{o}"
            delay = ControlSpec(f"{point}.delay", "Float", 0, 1000, 0, unit="ms")
            rows += [level(f"{point}.gain", -100.0), mute(f"{point}.mute"), delay]
            rows.append(switch(f"{point}.solo"))
    for c in range(1, cues + 1):
        rows += [level(f"cue.{c}.gain"), mute(f"cue.{c}.mute")]
        for i in range(1, inputs + 1):
            rows += [switch(f"input.{i}.cue.{c}.enable"), switch(f"input.{i}.cue.{c}.afl")]
    return component(name, "mixer", rows)


def router(name: str, inputs: int, outputs: int) -> ComponentSpec:
    """A router: an Integer and a row of Booleans for each output."""
    rows: list[ControlSpec] = []
    for o in range(1, outputs + 1):
        rows += [ControlSpec(f"select.{o}", "Integer", 1, inputs, 1), mute(f"mute.{o}")]
        rows += [switch(f"output.{o}.input.{i}.select") for i in range(1, inputs + 1)]
    return component(name, "router_with_output", rows)


def snapshots(name: str, slots: int) -> ComponentSpec:
    """A snapshot bank."""
    rows = [ControlSpec("ramp.time", "Float", 0, 60, 0, unit="s")]
    rows += [trigger("load.next", "State Trigger"), trigger("load.prev", "State Trigger")]
    for n in range(1, slots + 1):
        rows += [trigger(f"load.{n}", "State Trigger"), trigger(f"save.{n}")]
        rows.append(ControlSpec(f"last.{n}", "Boolean", labels=("no", "yes"), direction=READ_ONLY))
        rows.append(ControlSpec(f"load.state.{n}", "Integer", 0, 2, direction=READ_ONLY))
    return component(name, "snapshot_controller", rows)


def loop_player(name: str, outputs: int) -> ComponentSpec:
    """A loop player."""
    rows: list[ControlSpec] = []
    for o in range(1, outputs + 1):
        rows += [level(f"output.{o}.gain"), status(f"output.{o}.status")]
        rows += [reading(f"output.{o}.{word}", 0, 0, 86400, "time") for word in TIMES]
        rows.append(text(f"output.{o}.next", read_only=True))
    return component(name, "loop_player", rows)


TIMES = ("elapsed", "remaining")


def paging(name: str, zones: int) -> ComponentSpec:
    """A public-address router: a gain, a mute and a busy light for each zone."""
    rows: list[ControlSpec] = []
    for z in range(1, zones + 1):
        rows += [level(f"zone.{z}.gain"), mute(f"zone.{z}.mute")]
        rows.append(
            ControlSpec(f"zone.{z}.active", "Boolean", labels=("no", "yes"), direction=READ_ONLY)
        )
    return component(name, "PA", rows)


def meters(name: str, count: int, *, kind: str = "meter2", word: str = "meter") -> ComponentSpec:
    """Meters named `word`.1, `word`.2, ..., each of which differs at every poll."""
    spread = [MeterSpec(-30.0 - n % 7, 18.0, 3.0 + n % 11 / 3) for n in range(count)]
    rows = [
        ControlSpec(
            f"{word}.{n}", "Float", -120, 20, -30, unit="dB", direction=READ_ONLY, meter=one
        )
        for n, one in enumerate(spread, 1)
    ]
    return component(name, kind, rows)


def core_status(name: str) -> ComponentSpec:
    """The Core's own health."""
    return component(
        name,
        "core_status",
        [
            status(),
            switch("status.led", value=1),
            switch("clock.master", value=1),
            reading("clock.offset", 0.0, -100, 100, "us", swing=0.4),
            text("grandmaster.name", "core-1", read_only=True),
            reading("processor.temperature", 52.0, -20, 120, "C", swing=1.5),
            reading("system.temperature", 38.0, -20, 120, "C"),
            reading("fan", 2400, 0, 9000, "rpm"),
            text("parent.port.name", "LAN A", read_only=True),
        ],
    )


def camera(name: str) -> ComponentSpec:
    """A PTZ camera; its Booleans are 1/0."""
    moves = ("pan.left", "pan.right", "tilt.up", "tilt.down", "zoom.in", "zoom.out")
    return component(
        name,
        "onvif_camera_operative",
        [
            status("camera.status"),
            switch("camera.status.led", value=1),
            *[trigger(f"{move}.start") for move in moves],
            *[trigger(f"preset.{n}.{word}") for n in range(1, 4) for word in ("load", "save")],
            switch("toggle.privacy"),
            switch("autoframe_enable"),
            text("textc.model", "PTZ-12x72", read_only=True),
            text("textc.mac", "00:60:74:00:00:01", read_only=True),
            text("textc.serial", "C-0001", read_only=True),
        ],
        numbers=True,
    )


def touch_screen(name: str) -> ComponentSpec:
    """A touch screen with a choice of pages."""
    pages = ("Home", "Audio", "Cameras")
    page = ControlSpec("current.uci", "Text", text=pages[0], choices=pages)
    return component(
        name,
        "touch_screen_status",
        [
            status(),
            page,
            reading("memory", 41, 0, 100, "%"),
            ControlSpec("touched", "Boolean", labels=("no", "yes"), direction=READ_ONLY),
            ControlSpec("dim.timeout", "Integer", 0, 3600, 300),
            ControlSpec("off.timeout", "Integer", 0, 3600, 900),
        ],
    )


def amplifier(name: str, channels: int) -> ComponentSpec:
    """A network amplifier."""
    rows = [status(), switch("power.on", "off", "on", value=1), mute("master.mute")]
    rows += [reading(f"psu.{n}.temperature", 41.0, -20, 120, "C") for n in (1, 2)]
    rows.append(reading("fan", 1800, 0, 9000, "rpm"))
    for n in range(1, channels + 1):
        point = f"channel.{n}"
        rows += [level(f"{point}.gain"), mute(f"{point}.mute")]
        rows += [switch(f"{point}.protect"), switch(f"{point}.over.current")]
        rows.append(reading(f"{point}.temperature", 45.0, -20, 120, "C", swing=2.0))
        rows += [reading(f"{point}.voltage", 12.0, 0, 100, "V")]
        rows += [reading(f"{point}.current", 0.8, 0, 40, "A")]
        rows += [reading(f"{point}.power", 9.6, 0, 4000, "W")]
    return component(name, "cxq_amplifier", rows)


def custom(name: str, count: int) -> ComponentSpec:
    """Custom controls: mostly knobs, every fifth a text field."""
    rows = [
        text(f"text.{n}") if n % 5 == 0 else ControlSpec(f"float.{n}", "Float", 0, 100, 50)
        for n in range(1, count + 1)
    ]
    return component(name, "custom_controls", rows)


def status_combiner(name: str, inputs: int) -> ComponentSpec:
    """Many statuses in one."""
    return component(
        name, "status_combiner", [status(), *[status(f"input.{n}") for n in range(1, inputs + 1)]]
    )
