"""What a handler gets besides its input: the call, a deadline, a log, and ways to tell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from apps.events.publish import publish
from apps.events.types import Event
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from apps.operations.call import Call
from apps.operations.core import Answer

_log = structlog.get_logger("operations")


def _no_progress(done: int, total: int, sentence: str) -> None:
    """INLINE calls have nobody to tell."""


def _no_line(message: str, level: str) -> None:
    """INLINE calls have no live log."""


def _never() -> str:
    return ""


@dataclass(slots=True)
class Context:
    """One run of a handler.

    `deadline` is on the monotonic clock. `epoch` and `state` belong to stepped jobs: the fence
    of the worker's lease, and what the step before asked to get back; `answers` is what was
    said to its questions. A handler sets `partial`
    when its job did only a part, and `before` and `after` (what the audit outcome will say)
    where its output does not.
    """

    call: Call
    deadline: float
    job_id: UUID | None = None
    epoch: int = 0
    state: dict[str, Any] | None = None
    answers: dict[str, Answer] = field(default_factory=dict)
    reconciling: bool = False
    partial: bool = False
    before: Any = None
    after: Any = None
    report_progress: Callable[[int, int, str], None] = _no_progress
    write_line: Callable[[str, str], None] = _no_line
    ask_cancelled: Callable[[], str] = _never
    log: Any = _log

    @property
    def actor(self) -> Any:
        """Who asks."""
        return self.call.actor

    def remaining(self) -> float:
        """Seconds until the deadline; raises `timeout` when there are none."""
        left = self.deadline - clock.monotonic()
        if left <= 0:
            raise Failure(
                Code.TIMEOUT, "The time limit of this call is over; nothing more was sent."
            )
        return left

    def progress(self, done: int, total: int, sentence: str) -> None:
        """Say how far the work is, and in one sentence what is being done."""
        self.report_progress(done, total, sentence)

    def line(self, message: str, level: str = "info") -> None:
        """Add a line to the job's live log."""
        self.write_line(message, level)

    def cancelled(self) -> str:
        """`soft`, `hard`, or nothing when the job may go on."""
        return self.ask_cancelled()

    def emit(self, event: Event, *, site_path: str = "/", device_id: UUID | None = None) -> None:
        """Publish an event of the caller's tenant in the running transaction."""
        publish(
            event,
            tenant_id=self.call.actor.tenant_id,
            site_path=site_path,
            device_id=device_id,
        )
