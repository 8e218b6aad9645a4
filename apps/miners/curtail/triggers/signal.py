"""Whether a signal is on: a pure function with two thresholds and least times."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import Field, model_validator

from apps.operations.core import Schema


class SignalRules(Schema):
    """When a price means that power is to be curtailed. Times in seconds."""

    above: bool = Field(default=True, description="True: while the price is high; false: low.")
    on_at: float = Field(allow_inf_nan=False, description="Price from which it is on.")
    off_at: float = Field(allow_inf_nan=False, description="Price from which it is off again.")
    least_on_seconds: int = Field(default=900, ge=0, le=86_400, description="On so long at least.")
    least_off_seconds: int = Field(
        default=900, ge=0, le=86_400, description="Off so long at least."
    )

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.above and self.off_at > self.on_at:
            raise ValueError("off_at has to be on_at or less where a high price turns it on")
        if not self.above and self.off_at < self.on_at:
            raise ValueError("off_at has to be on_at or more where a low price turns it on")
        return self


def next_state(
    rules: SignalRules, price: float | None, *, is_on: bool, since: datetime | None, now: datetime
) -> bool:
    """Whether it is on now. Between the thresholds it stays as it is, and after a turn for its
    least time; without a price it goes off, since nothing says any more that it should be on.
    """
    wanted = _wanted(rules, price, is_on=is_on)
    least = rules.least_on_seconds if is_on else rules.least_off_seconds
    too_early = since is not None and now - since < timedelta(seconds=least)
    return is_on if too_early else wanted


def _wanted(rules: SignalRules, price: float | None, *, is_on: bool) -> bool:
    if price is None:
        return False
    if rules.above:
        return price >= rules.on_at or (is_on and price > rules.off_at)
    return price <= rules.on_at or (is_on and price < rules.off_at)
