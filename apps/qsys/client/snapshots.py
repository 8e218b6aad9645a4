"""Snapshot banks: recall a stored mix, or store the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.qsys.client.session import QsysSession


class SnapshotBank:
    """A handle on one bank, which the protocol cannot list; slots count from 1.

    The protocol calls the bank `Name` and the slot `Bank`. A recall changes whatever the design
    put into the bank: watch a change group to learn what it was.
    """

    def __init__(self, session: QsysSession, name: str) -> None:
        self.name = name
        self._session = session

    async def load(self, slot: int, *, ramp: float = 0.0, timeout: float | None = None) -> None:
        """Recall a slot, gradually over `ramp` seconds."""
        await self._do("Snapshot.Load", slot, {"Ramp": ramp} if ramp else {}, timeout)

    async def save(self, slot: int, *, timeout: float | None = None) -> None:
        """Store the present state in a slot; what the slot held is lost."""
        await self._do("Snapshot.Save", slot, {}, timeout)

    async def _do(
        self, method: str, slot: int, more: dict[str, Any], timeout: float | None
    ) -> None:
        if slot < 1:
            raise ValueError("slots of a snapshot bank count from 1")
        params = {"Name": self.name, "Bank": slot, **more}
        await self._session.ask(method, params, timeout=timeout)
