"""Discrete changes on the poller's own disk, while the database stays away longer than memory."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog
from django.conf import settings

from apps.kernel.ids import new_id
from apps.qsys.telemetry.records import Change

#: Bytes that may wait in a folder: about a million changes.
MOST_BYTES: Final = 256 * 1024 * 1024
SUFFIX: Final = ".changes"

log = structlog.get_logger(__name__)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Change]).decode


def spill_folder() -> Path:
    """Where this host's pollers keep changes."""
    return Path(settings.CONFIG.state_dir) / "changes"


class Spill:
    """A folder of batches, oldest first. Its processes share it: each batch is read under a lock.

    What a process leaves behind when it is killed is stored by the next one that has the folder.
    """

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes

    def __len__(self) -> int:
        """How many batches wait."""
        return len(self._paths())

    def keep(self, changes: Sequence[Change]) -> bool:
        """Write one batch; False when there is no room or the disk declines."""
        data = _encode(changes)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._size() + len(data) > self._most_bytes:
                log.error("no room to keep changes on disk", folder=str(self._folder))
                return False
            self._write(data)
        except OSError as error:
            log.error("changes not kept on disk", error=str(error))
            return False
        return True

    @contextmanager
    def oldest(self) -> Iterator[list[Change]]:
        """The oldest batch nobody else reads, or none; it is gone when the block ends well."""
        for path in self._paths():
            with _locked(path) as ours:
                changes = _read(path) if ours else []
                if not changes:
                    continue
                yield changes
                path.unlink(missing_ok=True)
                return
        yield []

    def _write(self, data: bytes) -> None:
        """Under another name until it is whole, so that no reader sees half of it."""
        path = self._folder / f"{new_id()}{SUFFIX}"
        part = path.with_suffix(".part")
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"))

    def _size(self) -> int:
        return sum(path.stat().st_size for path in self._paths())


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether nobody else has the file, nor has just finished with it."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield path.exists()
    except BlockingIOError:
        yield False
    finally:
        os.close(file)


def _read(path: Path) -> list[Change]:
    try:
        return _decode(path.read_bytes())
    except msgspec.MsgspecError as error:
        log.error("changes on disk cannot be read", file=path.name, error=str(error))
        path.rename(path.with_suffix(".unreadable"))
        return []
