"""Checking a wish against the miner's own range, in words that say what is allowed."""

from apps.kernel.errors import invalid
from apps.miners.client.types import Limits


def span(limits: Limits, unit: str) -> str:
    """A range with its unit, such as `1200 to 3800 W`."""
    return f"{limits.least:g} to {limits.most:g} {unit}"


def require(name: str, field: str, value: float | None, limits: Limits | None, unit: str) -> None:
    """Raises `invalid` for a value outside the range of the miner `name`; None is no value."""
    if value is not None and limits is not None and not limits.hold(value):
        allowed = span(limits, unit)
        raise invalid(field, f"{name} takes {allowed}.", allowed=allowed)
