"""The typed shape of a design file: what may stand in it, within which bounds."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from apps.qsys.simulator import endpoints, kinds
from apps.qsys.simulator.spec import MEDIA, ComponentSpec, MeterSpec

MOST_CONTROLS: Final = 50_000

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
Text: TypeAlias = Annotated[str, Meta(max_length=2_000)]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=MOST_CONTROLS)]
Side: TypeAlias = Annotated[int, Meta(ge=1, le=128)]
Some: TypeAlias = Annotated[int, Meta(ge=1, le=64)]
Many: TypeAlias = Annotated[int, Meta(ge=1, le=512)]
ControlType: TypeAlias = Literal[
    "Float", "Integer", "Boolean", "Text", "Time", "Trigger", "State Trigger", "Status"
]
Direction: TypeAlias = Literal["Read/Write", "Read Only", "Write Only"]


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every part of a file shares: an unknown word in it is an error."""


class Meter(Shape, frozen=True):
    """A control that moves by itself; `period` in seconds."""

    middle: float = -30.0
    swing: float = 20.0
    period: Annotated[float, Meta(gt=0, le=86_400)] = 7.0

    def spec(self) -> MeterSpec:
        """As the simulator takes it."""
        return MeterSpec(self.middle, self.swing, self.period)


class ControlShape(Shape, frozen=True):
    """A control beside those that the kind of component brings."""

    name: Name
    count: Count = 1
    type: ControlType = "Float"
    min: float = 0.0
    max: float = 1.0
    value: float | bool = 0.0
    text: Text = ""
    unit: Annotated[str, Meta(max_length=10)] = ""
    labels: Annotated[tuple[Text, ...], Meta(max_length=64)] = ()
    choices: Annotated[tuple[Text, ...], Meta(max_length=64)] = ()
    direction: Direction = "Read/Write"
    legend: Text = ""
    meter: Meter | None = None


class Kind(Shape, frozen=True, tag_field="kind"):
    """A component. `exposed` is script access; `numbers` makes its Booleans 1/0."""

    name: Name
    count: Count = 1
    exposed: bool = True
    numbers: bool | None = None
    controls: list[ControlShape] = []

    def build(self) -> ComponentSpec:
        """One of its kind."""
        raise NotImplementedError


class Gain(Kind, frozen=True, tag="gain"):
    """A gain block."""

    value: Annotated[float, Meta(ge=-100, le=20)] = 0.0

    def build(self) -> ComponentSpec:
        return kinds.gain(self.name, self.value)


class Mixer(Kind, frozen=True, kw_only=True, tag="mixer"):
    """A matrix mixer."""

    inputs: Side
    outputs: Side
    cues: Annotated[int, Meta(ge=0, le=16)] = 0

    def build(self) -> ComponentSpec:
        return kinds.mixer(self.name, self.inputs, self.outputs, self.cues)


class Router(Kind, frozen=True, kw_only=True, tag="router_with_output"):
    """A router."""

    inputs: Side
    outputs: Side

    def build(self) -> ComponentSpec:
        return kinds.router(self.name, self.inputs, self.outputs)


class Snapshots(Kind, frozen=True, tag="snapshot_controller"):
    """A snapshot bank."""

    slots: Many = 8

    def build(self) -> ComponentSpec:
        return kinds.snapshots(self.name, self.slots)


class LoopPlayer(Kind, frozen=True, tag="loop_player"):
    """A loop player."""

    outputs: Side = 2

    def build(self) -> ComponentSpec:
        return kinds.loop_player(self.name, self.outputs)


class Paging(Kind, frozen=True, kw_only=True, tag="PA"):
    """A public-address router; pages go to the first of a design."""

    zones: Many

    def build(self) -> ComponentSpec:
        return kinds.paging(self.name, self.zones)


class Meters(Kind, frozen=True, kw_only=True, tag="meter2"):
    """Level meters; each differs at every poll."""

    channels: Annotated[int, Meta(ge=1, le=10_000)]

    def build(self) -> ComponentSpec:
        return kinds.meters(self.name, self.channels)


class RmsMeters(Kind, frozen=True, kw_only=True, tag="rms_meter"):
    """Meters of the average level."""

    channels: Annotated[int, Meta(ge=1, le=10_000)]

    def build(self) -> ComponentSpec:
        return kinds.meters(self.name, self.channels, kind="rms_meter", word="rms")


class Amplifier(Kind, frozen=True, tag="cxq_amplifier"):
    """A network amplifier."""

    channels: Some = 4

    def build(self) -> ComponentSpec:
        return kinds.amplifier(self.name, self.channels)


class AmplifierStatus(Kind, frozen=True, tag="amplifier_cxq_status"):
    """What an amplifier says of itself."""

    channels: Some = 4

    def build(self) -> ComponentSpec:
        return endpoints.amplifier_status(self.name, self.channels)


class StatusCombiner(Kind, frozen=True, kw_only=True, tag="status_combiner"):
    """Many statuses in one."""

    inputs: Many

    def build(self) -> ComponentSpec:
        return kinds.status_combiner(self.name, self.inputs)


class CustomControls(Kind, frozen=True, tag="custom_controls"):
    """Knobs, every fifth a text field; beside them whatever `controls` list."""

    knobs: Annotated[int, Meta(ge=0, le=10_000)] = 0

    def build(self) -> ComponentSpec:
        return kinds.custom(self.name, self.knobs)


class Channels(Kind, frozen=True):
    """A box or a network stream."""

    channels: Annotated[int, Meta(ge=1, le=512)] = 8

    def build(self) -> ComponentSpec:
        kind = str(self.__struct_config__.tag)
        return endpoints.channels_of_stream(self.name, kind, self.channels)


class DanteInput(Channels, frozen=True, tag="soft_dante_input"):
    """Channels from a Dante network."""


class DanteOutput(Channels, frozen=True, tag="soft_dante_output"):
    """Channels to a Dante network."""


class InputBox(Channels, frozen=True, tag="input_box"):
    """Inputs in the rack."""


class OutputBox(Channels, frozen=True, tag="output_box"):
    """Outputs in the rack."""


class Other(Kind, frozen=True, kw_only=True, tag="other"):
    """Any other type of component, with the controls that are listed."""

    type: Name

    def build(self) -> ComponentSpec:
        return kinds.component(self.name, self.type, ())


class CoreStatus(Kind, frozen=True, tag="core_status"):
    """The Core's own health."""

    def build(self) -> ComponentSpec:
        return kinds.core_status(self.name)


class Camera(Kind, frozen=True, tag="onvif_camera_operative"):
    """A PTZ camera."""

    def build(self) -> ComponentSpec:
        return kinds.camera(self.name)


class TouchScreen(Kind, frozen=True, tag="touch_screen_status"):
    """A touch screen."""

    def build(self) -> ComponentSpec:
        return kinds.touch_screen(self.name)


class StreamStatus(Kind, frozen=True, tag="vstreamer_status"):
    """An AV stream endpoint."""

    def build(self) -> ComponentSpec:
        return endpoints.stream_status(self.name)


class HdmiSource(Kind, frozen=True, tag="vst_hdmi_source"):
    """A picture that comes in."""

    def build(self) -> ComponentSpec:
        return endpoints.hdmi(self.name, "source")


class HdmiDisplay(Kind, frozen=True, tag="vst_hdmi_display"):
    """A picture that goes out."""

    def build(self) -> ComponentSpec:
        return endpoints.hdmi(self.name, "display")


class Speaker(Kind, frozen=True, tag="lua_speaker"):
    """A scripted loudspeaker."""

    def build(self) -> ComponentSpec:
        return endpoints.speaker(self.name)


class MonitoringProxy(Kind, frozen=True, tag="monitoring_proxy"):
    """A device that the Core only watches."""

    def build(self) -> ComponentSpec:
        return endpoints.monitoring(self.name)


class Plugin(Kind, frozen=True, tag="PLUGIN"):
    """A plugin."""

    def build(self) -> ComponentSpec:
        return endpoints.plugin(self.name)


class Panel(Kind, frozen=True, tag="uci"):
    """A user control interface."""

    def build(self) -> ComponentSpec:
        return endpoints.panel(self.name)


class ConferenceInput(Kind, frozen=True, tag="apm_input"):
    """An input of an audio path manager."""

    def build(self) -> ComponentSpec:
        return endpoints.conference_input(self.name)


class Softphone(Kind, frozen=True, tag="softphone"):
    """A telephone line."""

    def build(self) -> ComponentSpec:
        return endpoints.softphone(self.name)


AnyKind: TypeAlias = (
    Gain | Mixer | Router | Snapshots | LoopPlayer | Paging | Meters | RmsMeters | Amplifier
    | AmplifierStatus | StatusCombiner | CustomControls | DanteInput | DanteOutput | InputBox
    | OutputBox | Other | CoreStatus | Camera | TouchScreen | StreamStatus | HdmiSource
    | HdmiDisplay | Speaker | MonitoringProxy | Plugin | Panel | ConferenceInput | Softphone
)  # fmt: skip
KINDS: Final[dict[str, type[Kind]]] = {
    str(one.__struct_config__.tag): one for one in get_args(AnyKind)
}


class NamedShape(Shape, frozen=True):
    """A named control; `{n}` and ranges in `name` and `component` run together."""

    name: Name
    component: Name
    control: Name
    count: Count = 1


class DesignShape(Shape, frozen=True, kw_only=True):
    """A whole file. An `emulator` is Designer in Emulate mode: it has no WebSocket doors."""

    design: Name
    platform: Name = "Core 110f"
    emulator: bool = False
    media: Annotated[tuple[Name, ...], Meta(max_length=1_000)] = MEDIA
    components: Annotated[list[AnyKind], Meta(min_length=1)]
    named: list[NamedShape] = []
