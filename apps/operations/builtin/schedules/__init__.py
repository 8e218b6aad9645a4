"""Schedules: what runs when, under whose rights, confirmed when it is saved."""

from typing import Any

from apps.operations.builtin.schedules import changing, saving
from apps.operations.core import Operation

OPERATIONS: tuple[Operation[Any, Any], ...] = (*saving.OPERATIONS, *changing.OPERATIONS)
