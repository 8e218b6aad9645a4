"""Reads of Cores: their controls now, what these have been, and charts; always for somebody."""

from apps.qsys.selectors.charts import Point, Series, Source, series
from apps.qsys.selectors.history import Changed, Cursor, Page, StateThen, changes, state_at
from apps.qsys.selectors.links import Connection, connection_of, core_ends
from apps.qsys.selectors.policies import policies, policy_get
from apps.qsys.selectors.present import (
    VIEW,
    ControlNow,
    Scalar,
    control_by_id,
    control_get,
    controls,
    core_device,
    cores,
    now_of,
    scalar,
    watches,
)

__all__ = [
    "VIEW",
    "Changed",
    "Connection",
    "ControlNow",
    "Cursor",
    "Page",
    "Point",
    "Scalar",
    "Series",
    "Source",
    "StateThen",
    "changes",
    "connection_of",
    "control_by_id",
    "control_get",
    "controls",
    "core_device",
    "core_ends",
    "cores",
    "now_of",
    "policies",
    "policy_get",
    "scalar",
    "series",
    "state_at",
    "watches",
]
