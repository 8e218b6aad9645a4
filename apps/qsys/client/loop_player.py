"""Loop players: start audio files on outputs, now or at a second of the day; stop them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from apps.qsys.client.session import QsysSession

#: Start times beside a second of the day.
NOW: Final = -1
AFTER_CURRENT: Final = -2
DAY: Final = 86_400
ERROR_PUSH: Final = "LoopPlayer.Error"


class LoopFile(msgspec.Struct, frozen=True, rename="pascal"):
    """One file and the output it plays on; a `stereo` file takes that output and the next."""

    name: str
    output: int
    mode: str = "mono"

    def __post_init__(self) -> None:
        """Raises ValueError for what no player could play."""
        if self.mode not in ("mono", "stereo"):
            raise ValueError("a file plays in mode 'mono' or 'stereo'")
        if self.output < 1 or not self.name:
            raise ValueError("a file has a name and plays on an output, counted from 1")


class LoopFailure(msgspec.Struct, rename="pascal"):
    """The Core's push when a job could not start, such as `JobInPast`."""

    error: str = ""
    ref_id: str = ""


class LoopPlayer:
    """A handle on one loop player."""

    def __init__(self, session: QsysSession, name: str) -> None:
        self.name = name
        self._session = session

    async def start(
        self,
        files: Sequence[LoopFile],
        *,
        at: int = NOW,
        loop: bool = False,
        seek: float = 0.0,
        reference: str = "",
        timeout: float | None = None,
    ) -> None:
        """Play files at a second of the day, NOW or AFTER_CURRENT; `seek` skips so many seconds.

        A job that cannot start is told later, by the push LoopPlayer.Error with the `reference`.
        """
        if not files:
            raise ValueError("name at least one file to play")
        if at not in (NOW, AFTER_CURRENT) and not 0 <= at < DAY:
            raise ValueError("a start is a second of the day (0 to 86399), now or after current")
        params: dict[str, Any] = {
            "Name": self.name,
            "StartTime": at,
            "Files": [msgspec.to_builtins(one) for one in files],
            "Loop": loop,
            "Log": True,
        }
        optional = {"Seek": seek or None, "RefID": reference or None}
        params |= {key: value for key, value in optional.items() if value is not None}
        await self._session.ask("LoopPlayer.Start", params, timeout=timeout)

    async def stop(self, outputs: Sequence[int], *, timeout: float | None = None) -> None:
        """Stop what plays on these outputs."""
        await self._do("LoopPlayer.Stop", outputs, timeout)

    async def cancel(self, outputs: Sequence[int], *, timeout: float | None = None) -> None:
        """Take jobs that wait on these outputs off the queue; what plays goes on."""
        await self._do("LoopPlayer.Cancel", outputs, timeout)

    async def _do(self, method: str, outputs: Sequence[int], timeout: float | None) -> None:
        if not outputs or min(outputs) < 1:
            raise ValueError("name outputs, counted from 1")
        params = {"Name": self.name, "Outputs": list(outputs), "Log": True}
        await self._session.ask(method, params, timeout=timeout)
