"""Every number the contract promises of this face is there, and moves, on either path."""

import pytest
from prometheus_client import REGISTRY

from tests.unit.mcp.asking import MANY, ask, call
from tests.unit.mcp.conftest import KeyOf

COUNTERS = (
    "mcp_requests_total",
    "mcp_request_errors_total",
    "mcp_tool_calls_total",
    "mcp_tool_errors_total",
    "mcp_rate_limit_hits_total",
    "mcp_request_duration_seconds_count",
    "mcp_tool_duration_seconds_count",
)
GAUGES = ("mcp_rate_limit_remaining", "mcp_cache_size_items")


def totals() -> dict[str, float]:
    """The sum over all labels, by name."""
    found: dict[str, float] = {}
    for family in REGISTRY.collect():
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


@pytest.mark.usefixtures("path", "world")
def test_every_promised_number_moves(key_of: KeyOf) -> None:
    before, agent = totals(), key_of("agent")
    call(agent, "test_note_read", {"wrong": 1})
    assert ask(agent, "tools/list").result["tools"]
    assert call(agent, "system_ping", times=MANY).error["code"] == -32005
    after = totals()
    for name in COUNTERS:
        assert after[name] > before.get(name, 0.0), name
    for name in GAUGES:
        assert name in after


@pytest.mark.usefixtures("world")
def test_lists_that_are_kept_count_as_hits_of_the_cache(key_of: KeyOf) -> None:
    key, before = key_of(), totals()
    ask(key, "tools/list", times=5)
    after = totals()
    assert after["mcp_cache_misses_total"] - before["mcp_cache_misses_total"] == 1
    assert after["mcp_cache_hits_total"] - before["mcp_cache_hits_total"] == 4
