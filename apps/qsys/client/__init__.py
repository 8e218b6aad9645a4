"""Talks to Q-SYS Cores: QRC over TCP and QRWC over WebSocket, as a plain asyncio library."""

from apps.qsys.client import channels
from apps.qsys.client.backoff import delays
from apps.qsys.client.errors import (
    CHANGE_GROUPS_EXHAUSTED,
    STANDBY,
    UNKNOWN_CHANGE_GROUP,
    UNKNOWN_COMPONENT,
    UNKNOWN_CONTROL,
    QsysError,
    QsysRefused,
    QsysRejected,
    QsysUnreachable,
    QsysUntrusted,
)
from apps.qsys.client.groups import ChangeGroup
from apps.qsys.client.loop_player import LoopFailure, LoopFile, LoopPlayer
from apps.qsys.client.mixer import Mixer, MixerTarget
from apps.qsys.client.paging import PageMode, PageRequest, PageStatus, Paging, ZoneStatus
from apps.qsys.client.pair import PairSession
from apps.qsys.client.session import QsysSession
from apps.qsys.client.snapshots import SnapshotBank
from apps.qsys.client.tcp import QrcTransport
from apps.qsys.client.tls import Trust, plain_fingerprint
from apps.qsys.client.transport import Transport
from apps.qsys.client.websocket import QrwcTransport
from apps.qsys.client.wire import (
    Change,
    Component,
    ControlSet,
    ControlState,
    EngineStatus,
    Poll,
    SetResult,
)

__all__ = [
    "CHANGE_GROUPS_EXHAUSTED",
    "STANDBY",
    "UNKNOWN_CHANGE_GROUP",
    "UNKNOWN_COMPONENT",
    "UNKNOWN_CONTROL",
    "Change",
    "ChangeGroup",
    "Component",
    "ControlSet",
    "ControlState",
    "EngineStatus",
    "LoopFailure",
    "LoopFile",
    "LoopPlayer",
    "Mixer",
    "MixerTarget",
    "PageMode",
    "PageRequest",
    "PageStatus",
    "Paging",
    "PairSession",
    "Poll",
    "QrcTransport",
    "QrwcTransport",
    "QsysError",
    "QsysRefused",
    "QsysRejected",
    "QsysSession",
    "QsysUnreachable",
    "QsysUntrusted",
    "SetResult",
    "SnapshotBank",
    "Transport",
    "Trust",
    "ZoneStatus",
    "channels",
    "delays",
    "plain_fingerprint",
]
