"""Tools of the reference servers by name: what answers to each here, and how to call it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from apps.mcp import trio
from apps.mcp.reference.markdown import table
from apps.mcp.tools import tool_name
from apps.operations.catalogue import installed
from apps.operations.core import Face


@dataclass(frozen=True, slots=True)
class Namesake:
    """A tool of a reference server.

    Where the name itself is not accepted, `instead` names what does the same here, and `input`
    what makes it so. `note` says what is called or done otherwise.
    """

    name: str
    note: str = ""
    instead: str = ""
    input: dict[str, Any] = field(default_factory=dict)


_MINER: Final = "`device` for `minerId`."
_GROUP: Final = "Yours alone, for a day; no group of the Core is used, and no rate is needed."
_PARTS: Final = "`component` and `controls` apart, not `Component.control`."
_JOB: Final = "`job` for `jobId`."

QSYS: Final = (
    Namesake("manage_connection", "Its status; `qsys.core.reconnect` begins anew."),
    Namesake("query_core_status", "`device` says which Core; nothing is invented."),
    Namesake("get_api_documentation", "`query` says what for; `tools_describe` tells the rest."),
    Namesake("list_components"),
    Namesake("qsys_component_get", "`component` takes the Code Name, dots and all."),
    Namesake("list_controls", "Leave `controls` out for all of a component."),
    Namesake("get_control_values", _PARTS),
    Namesake("set_control_values", "One control a call; `ramp` is done, and read back."),
    Namesake("qsys.set_control", "One control a call; `ramp` is done, and read back."),
    Namesake("create_change_group", _GROUP),
    Namesake("add_controls_to_change_group", _PARTS),
    Namesake("remove_controls_from_change_group", _PARTS),
    Namesake("clear_change_group"),
    Namesake("poll_change_group", "`show_all` as theirs; `wait` polls by itself, up to 5 s."),
    Namesake("destroy_change_group"),
    Namesake("list_change_groups"),
    Namesake("query_change_events", "With the value before, the cause and who."),
    Namesake("get_event_statistics", "Of all Cores, from counts of five minutes."),
    Namesake("echo"),
)  # fmt: skip
MINERS: Final = (
    Namesake("register_miner", "`driver` is braiins; the log-in by `fleet.credential.set`."),
    Namesake("unregister_miner", "`devices` takes several; it is planned and confirmed first."),
    Namesake("list_miners", "", "fleet.device.list", {"kind": "miner"}),
    Namesake("get_miner_status", _MINER),
    Namesake("get_miner_info", _MINER),
    Namesake("get_miner_logs", f"{_MINER} `log` says which; read from the miner itself."),
    Namesake("get_fleet_status", "Counts; the devices themselves by `fleet.device.list`."),
    Namesake("ping_miner", f"{_MINER} The device itself is asked."),
    Namesake("reboot_miner", f"{_MINER} It is planned and confirmed first."),
    Namesake("set_power_target", f"{_MINER} Checked against the miner's own range."),
    Namesake("set_hashrate_target", f"{_MINER} `terahash`, checked against its own range."),
    Namesake("configure_autotuning", f"{_MINER} Many by a rollout; efficiency by its own curve."),
    Namesake("configure_fan_control", f"{_MINER} Checked against the miner's own ranges."),
    Namesake("configure_network", f"{_MINER} Found again by its MAC; kept, or reverted."),
    Namesake("configure_power_schedule", "A schedule of the power target.", "jobs.schedule.create",
             {"name": "Night power", "operation": "miners.power.set",
              "input": {"device": "Miner 07", "watts": 2500}, "cron": "0 22 * * *"}),
    Namesake("update_miner_firmware", f"{_MINER} `image` for `version`: one that was verified."),
    Namesake("run_performance_baseline",
             f"{_MINER} `watts` for modes, `seconds` for each; the target is set back."),
    Namesake("check_firmware_job_status", _JOB),
    Namesake("check_baseline_job_status", _JOB),
    Namesake("check_job_status", _JOB),
    Namesake("update_pool_config", f"{_MINER} All pools at once; a template for many workers."),
    Namesake("factory_reset", f"{_MINER} A second person grants it."),
)  # fmt: skip
SERVERS: Final = {"Q-SYS": QSYS, "Braiins OS": MINERS}

_HEAD: Final = """\
# Reference tools

Made from the declarations by `manage.py contract`; do not edit. People who come from the reference
servers find their tools here. A name that is *accepted* may be called as it is, over REST and MCP;
it is not listed. Arguments are ours: [MCP tools](mcp-tools.md) tells them."""


def document() -> str:
    """The whole page."""
    parts = [_HEAD]
    for server, names in SERVERS.items():
        rows = [_row(one) for one in names]
        parts += [f"## {server}", table(("their tool", "ours", "how"), rows)]
    return "\n\n".join(parts) + "\n"


def _row(one: Namesake) -> Iterator[str]:
    yield f"`{one.name}`"
    if one.name in installed():
        yield _ours(installed().get(one.name).name)
        yield f"Accepted. {one.note}".strip()
    elif one.name == trio.DOCUMENTATION:
        yield f"`{trio.SEARCH}` (MCP)"
        yield f"Accepted. {one.note}".strip()
    elif one.instead:
        yield _ours(one.instead)
        yield f"{one.note} `{orjson.dumps(one.input).decode()}`".strip()
    else:
        yield "none"
        yield one.note or "Not offered."


def _ours(name: str) -> str:
    """The operation, as a tool where it is one."""
    if Face.MCP in installed().get(name).faces:
        return f"`{tool_name(name)}`"
    return f"`{name}` (REST, console)"
