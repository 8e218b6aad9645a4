"""The component types of what stands around a Core: streams, boxes, amplifiers, phones, plugins."""

from __future__ import annotations

from apps.qsys.simulator.kinds import (
    READ_ONLY,
    component,
    level,
    mute,
    reading,
    status,
    switch,
    text,
    trigger,
)
from apps.qsys.simulator.spec import ComponentSpec, ControlSpec

CALL_STATES = ("Idle", "Dialing", "Ringing", "Connected")


def light(name: str, *, on: bool = True) -> ControlSpec:
    """A lamp that nobody can press."""
    return ControlSpec(name, "Boolean", 0, 1, float(on), labels=("no", "yes"), direction=READ_ONLY)


def counter(name: str) -> ControlSpec:
    """A number of things that happened."""
    return ControlSpec(name, "Integer", 0, 1e9, direction=READ_ONLY)


def amplifier_status(name: str, channels: int) -> ComponentSpec:
    """What an amplifier says of itself; it takes no orders."""
    rows = [status(), light("power.on"), reading("fan", 1800, 0, 9000, "rpm")]
    rows += [reading(f"psu.{n}.temperature", 41.0, -20, 120, "C") for n in (1, 2)]
    for n in range(1, channels + 1):
        point = f"channel.{n}"
        rows += [light(f"{point}.protect", on=False), light(f"{point}.over.current", on=False)]
        rows.append(reading(f"{point}.temperature", 45.0, -20, 120, "C", swing=2.0))
        rows.append(reading(f"{point}.impedance", 8.0, 0, 64, "ohm"))
    return component(name, "amplifier_cxq_status", rows)


def stream_status(name: str) -> ComponentSpec:
    """An AV stream endpoint."""
    return component(
        name,
        "vstreamer_status",
        [
            status(),
            reading("clock.offset", 0.0, -1000, 1000, "us", swing=0.8),
            reading("cpu.temperature", 61.0, -20, 120, "C", swing=1.0),
            reading("vpu.temperature", 58.0, -20, 120, "C"),
            reading("poe.power", 14.2, 0, 60, "W"),
            reading("bitrate", 84.0, 0, 1000, "Mbps"),
            counter("packets.lost"),
            text("serial.number", "NV-0001", read_only=True),
        ],
    )


def hdmi(name: str, side: str) -> ComponentSpec:
    """An HDMI `source` or `display` of an AV stream endpoint."""
    rows = [status(), light("hpd"), light("hdcp")]
    rows += [text("edid.name", "Q-SYS", read_only=True), text("signal", "1080p60", read_only=True)]
    rows += [level("audio.gain"), mute("audio.mute")]
    if side == "display":
        rows += [switch("power.on", "off", "on", value=1), switch("cec.enable")]
    return component(name, f"vst_hdmi_{side}", rows)


def channels_of_stream(name: str, kind: str, channels: int) -> ComponentSpec:
    """A box or a network stream with a level, a mute and a meter for each channel."""
    rows = [status(), reading("clock.offset", 0.0, -1000, 1000, "us", swing=0.4)]
    for n in range(1, channels + 1):
        rows += [level(f"channel.{n}.gain"), mute(f"channel.{n}.mute")]
        rows.append(reading(f"channel.{n}.level", -40.0, -120, 20, "dB", swing=15.0))
    return component(name, kind, rows)


def speaker(name: str) -> ComponentSpec:
    """A scripted loudspeaker."""
    rows = [level("gain"), mute(), reading("temperature", 40.0, -20, 120, "C", swing=1.0)]
    rows += [text("script"), text("log", read_only=True), status("script.status")]
    return component(name, "lua_speaker", rows)


def monitoring(name: str) -> ComponentSpec:
    """What is known of a device that the Core only watches."""
    rows = [status(), text("ip.address", "192.0.2.10", read_only=True)]
    rows += [reading("round.trip", 1.2, 0, 1000, "ms", swing=0.6), counter("lost")]
    return component(name, "monitoring_proxy", rows)


def plugin(name: str) -> ComponentSpec:
    """A plugin; what it can do is in its extra controls."""
    return component(name, "PLUGIN", [status(), text("ip.address"), switch("connect", value=1)])


def panel(name: str) -> ComponentSpec:
    """A user control interface."""
    page = ControlSpec("current.page", "Text", text="Home", choices=("Home", "Audio", "Cameras"))
    return component(name, "uci", [page, switch("layer.visible", value=1), trigger("refresh")])


def conference_input(name: str) -> ComponentSpec:
    """An input of an audio path manager."""
    return component(
        name, "apm_input", [level("gain"), mute(), reading("level", -40, -120, 20, "dB", 12.0)]
    )


def softphone(name: str) -> ComponentSpec:
    """A telephone line."""
    state = ControlSpec(
        "call.state", "Text", text=CALL_STATES[0], choices=CALL_STATES, direction=READ_ONLY
    )
    rows = [status(), text("call.number"), state, light("call.offhook", on=False)]
    rows += [trigger("call.connect"), trigger("call.disconnect"), trigger("call.clear")]
    rows += [trigger(f"call.pinpad.{digit}") for digit in "0123456789*#"]
    rows += [switch("call.dnd"), switch("call.autoanswer"), level("ring.gain", -12.0)]
    return component(name, "softphone", rows)
