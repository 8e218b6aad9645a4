"""Logs and the support archive of a simulated miner, sent in pieces."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

from apps.miners.contract.generated import bos_miner_pb2 as pb
from apps.miners.simulator.method import Streamed
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

_PIECE = 16 << 10
_LEVELS = {"login_refused": "WARN", "upload_failed": "ERROR"}


def get_log(state: MinerState, request: pb.GetLogRequest) -> Iterator[pb.GetLogResponse]:
    if not request.log_type:
        raise Refusal(Kind.INVALID, "no log type given")
    for piece in _pieces(log_text(state, request.log_type).encode()):
        yield pb.GetLogResponse(chunk_data=piece)


def get_archive(
    state: MinerState, request: pb.GetSupportArchiveRequest
) -> Iterator[pb.GetSupportArchiveResponse]:
    if request.format not in (0, pb.SUPPORT_ARCHIVE_FORMAT_ZIP):
        raise Refusal(Kind.UNSUPPORTED, "only zip archives are made here")
    for piece in _pieces(archive(state)):
        yield pb.GetSupportArchiveResponse(chunk_data=piece)


def log_text(state: MinerState, kind: int) -> str:
    """One line an event, oldest first: `TIME LEVEL source: words`."""
    if kind == pb.LOG_TYPE_ERRORS:
        lines = [f"{error.timestamp} ERROR bosminer: {error.message}" for error in state.errors]
    else:
        source = pb.LogType.Name(kind).removeprefix("LOG_TYPE_").lower()
        lines = [
            f"{entry['at']} {_LEVELS.get(str(entry['what']), 'INFO')} {source}: {entry['what']}"
            for entry in state.history.entries()
        ]
    return "".join(f"{line}\n" for line in lines)


def archive(state: MinerState) -> bytes:
    """A zip with the logs and what the miner is."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("log/bosminer.log", log_text(state, pb.LOG_TYPE_BOSMINER))
        file.writestr("log/errors.log", log_text(state, pb.LOG_TYPE_ERRORS))
        about = {"version": state.version, "uid": state.profile.uid, "serial": state.profile.serial}
        file.writestr("about.json", json.dumps(about))
    return held.getvalue()


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]


STREAMED: dict[str, Streamed] = {"GetLog": get_log, "GetSupportArchive": get_archive}
