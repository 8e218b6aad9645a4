"""Operations of the floors below, and of the plane itself."""

from typing import Any

from apps.operations.builtin import accounts, approvals, audit, jobs, questions, schedules, system
from apps.operations.core import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *system.OPERATIONS,
    *approvals.OPERATIONS,
    *accounts.OPERATIONS,
    *audit.OPERATIONS,
    *jobs.OPERATIONS,
    *questions.OPERATIONS,
    *schedules.OPERATIONS,
)
