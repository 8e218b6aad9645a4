"""Automatic and pushed firmware upgrades of a simulated miner."""

from __future__ import annotations

from hashlib import sha256

from apps.miners.contract.generated import bos_upgrade_pb2 as pb
from apps.miners.simulator.image import ImageHeader, NotAnImage, read_header
from apps.miners.simulator.method import Methods
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.settings import factory_settings
from apps.miners.simulator.state import MinerState

# Larger than any image a miner has room for; stops a mistaken size before memory is spent.
_MOST_BYTES = 256 << 20


def get_status(
    state: MinerState, _request: pb.GetAutoUpgradeStatusRequest
) -> pb.GetAutoUpgradeStatusResponse:
    return pb.GetAutoUpgradeStatusResponse(
        enabled=state.settings.auto_upgrade, schedule=state.settings.upgrade_schedule
    )


def update_config(
    state: MinerState, request: pb.UpdateAutoUpgradeConfigRequest
) -> pb.UpdateAutoUpgradeConfigResponse:
    state.settings.auto_upgrade = request.enabled
    if request.HasField("schedule"):
        state.settings.upgrade_schedule = request.schedule
    state.history.record("auto_upgrade", enabled=request.enabled)
    return pb.UpdateAutoUpgradeConfigResponse(enabled=request.enabled)


def restore_stock(state: MinerState, _request: pb.RestoreStockRequest) -> pb.RestoreStockResponse:
    """The vendor's firmware has none of these faces: the miner is gone from here."""
    state.claim_task("restore stock")
    state.history.record("restore_stock")
    state.leave()
    return pb.RestoreStockResponse(successful=True)


class Upload:
    """One pushed image: claims the miner's task, takes bytes, judges them at the end."""

    def __init__(self, state: MinerState, first: pb.SystemUpgradeRequest) -> None:
        if not first.HasField("metadata"):
            raise Refusal(Kind.INVALID, "the first message must carry the metadata")
        if not 0 < first.metadata.size <= _MOST_BYTES:
            raise Refusal(Kind.INVALID, f"an image of {first.metadata.size} bytes is not possible")
        self._state = state
        self._metadata = first.metadata
        self._bytes = bytearray()
        state.claim_task("system upgrade")
        state.history.record("upload_begun", size=first.metadata.size, sha256=first.metadata.hash)

    @property
    def received(self) -> int:
        return len(self._bytes)

    def take(self, message: pb.SystemUpgradeRequest) -> None:
        """Adds the bytes of one message."""
        if not message.HasField("data"):
            raise Refusal(Kind.INVALID, "only the first message carries metadata")
        self._bytes += message.data
        if len(self._bytes) > self._metadata.size:
            raise Refusal(Kind.INVALID, "the image is longer than its metadata says")

    def finish(self) -> pb.SystemUpgradeResponse:
        """Checks size, hash and fit; then records the image and reboots into its version."""
        header = self._judge()
        state = self._state
        state.history.record(
            "image", version=header.version, size=len(self._bytes), sha256=self._metadata.hash
        )
        if not state.faults.old_version:
            state.next_version = header.version
        if self._metadata.discard_settings:
            state.settings = factory_settings(state.profile)
        state.reboot(None)
        return pb.SystemUpgradeResponse(successful=True)

    def abandon(self, why: str) -> None:
        """Frees the task after a refusal or a broken stream."""
        self._state.task = None
        self._state.history.record("upload_failed", received=len(self._bytes), why=why)

    def _judge(self) -> ImageHeader:
        if len(self._bytes) != self._metadata.size:
            words = f"received {len(self._bytes)} bytes of {self._metadata.size}"
            raise Refusal(Kind.INVALID, words)
        if sha256(self._bytes).hexdigest() != self._metadata.hash.lower():
            raise Refusal(Kind.INTERNAL, "the hash of the image does not match its metadata")
        try:
            header = read_header(bytes(self._bytes[:4096]))
        except NotAnImage as error:
            raise Refusal(Kind.INTERNAL, str(error)) from error
        profile = self._state.profile
        if header.platform != profile.platform or profile.model not in header.models:
            words = f"the image is not for {profile.model} on {profile.platform}"
            raise Refusal(Kind.CONSTRAINT, words)
        return header


METHODS: Methods = {
    "GetAutoUpgradeStatus": get_status,
    "UpdateAutoUpgradeConfig": update_config,
    "RestoreStock": restore_stock,
}
