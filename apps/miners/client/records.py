"""The part of a client for logs and the support archive, which come in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator

from apps.miners.client.calls import STREAM_S, Part
from apps.miners.client.errors import Family, Rejected
from apps.miners.contract.generated import bos_miner_pb2 as pb

#: The logs there are, by name.
LOGS = tuple(name.removeprefix("LOG_TYPE_").lower() for name in pb.LogType.keys()[1:])
#: More than any log or archive seen; what is longer is a device gone wrong.
MOST_BYTES = 64 << 20


class Records(Part):
    """The streams of MinerService that end."""

    async def log(self, name: str, *, timeout: float = STREAM_S) -> bytes:
        """A whole log by its name of `LOGS`; firmware before 26.04 does not have the method."""
        request = pb.GetLogRequest(log_type=f"LOG_TYPE_{name.upper()}")
        pieces = self._calls.stream("MinerService/GetLog", request, pb.GetLogResponse, timeout)
        return b"".join([piece async for piece in _bounded(pieces)])

    def archive(self, *, timeout: float = STREAM_S) -> AsyncIterator[bytes]:
        """The support archive, a zip, piece by piece."""
        request = pb.GetSupportArchiveRequest(format=pb.SUPPORT_ARCHIVE_FORMAT_ZIP)
        method, answer = "MinerService/GetSupportArchive", pb.GetSupportArchiveResponse
        return _bounded(self._calls.stream(method, request, answer, timeout))


async def _bounded(
    pieces: AsyncIterator[pb.GetLogResponse] | AsyncIterator[pb.GetSupportArchiveResponse],
) -> AsyncIterator[bytes]:
    taken = 0
    async for piece in pieces:
        taken += len(piece.chunk_data)
        if taken > MOST_BYTES:
            raise Rejected(f"it sends more than {MOST_BYTES} bytes", Family.OTHER, "TOO_LONG")
        yield piece.chunk_data
