"""Reads of Cores: their controls now, what these have been, and charts; always for somebody."""

from apps.qsys.selectors.charts import Point, Series, Source, series
from apps.qsys.selectors.choosing import EVERYTHING, Which
from apps.qsys.selectors.grouping import Group, GroupBy, grouped
from apps.qsys.selectors.history import Changed, Cursor, Page, changes
from apps.qsys.selectors.links import Connection, connection_of, core_ends
from apps.qsys.selectors.pages import page_get, pages
from apps.qsys.selectors.past import Difference, StateThen, differences, state_at
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
    "EVERYTHING",
    "VIEW",
    "Changed",
    "Connection",
    "ControlNow",
    "Cursor",
    "Difference",
    "Group",
    "GroupBy",
    "Page",
    "Point",
    "Scalar",
    "Series",
    "Source",
    "StateThen",
    "Which",
    "changes",
    "connection_of",
    "control_by_id",
    "control_get",
    "controls",
    "core_device",
    "core_ends",
    "cores",
    "differences",
    "grouped",
    "now_of",
    "page_get",
    "pages",
    "policies",
    "policy_get",
    "scalar",
    "series",
    "state_at",
    "watches",
]
