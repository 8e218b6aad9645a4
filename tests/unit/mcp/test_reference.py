"""The pages about tools: whole, true, and every borrowed name leads where it says."""

import re

import pytest

from apps.mcp import trio
from apps.mcp.finding import ANSWERS
from apps.mcp.reference import PAGES, namesakes, tools
from apps.mcp.reference.examples import EXAMPLES
from apps.mcp.reference.markdown import table
from apps.mcp.reference.namesakes import SERVERS, Namesake
from apps.mcp.schemas import input_schema, split_arguments
from apps.mcp.tools import book
from apps.operations.catalogue import installed
from apps.operations.core import Danger, Face
from apps.operations.parsing import read
from controlplane.config import CHECKOUT
from tests.support import factories
from tests.unit.mcp.asking import call
from tests.unit.mcp.conftest import KeyOf

NAMES = [one for names in SERVERS.values() for one in names]
#: Names of our own that other servers do not have.
OWN_ALIASES = {"locate_miner"}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_is_a_call_that_would_be_taken(name: str) -> None:
    operation, example = installed().get(name), EXAMPLES[name]
    given, _ = split_arguments(operation, example)
    assert read(operation.input, given)
    schema = input_schema(operation)
    assert set(schema.get("required", ())) <= example.keys() <= schema["properties"].keys()


def test_a_chapter_says_what_each_field_of_an_answer_means() -> None:
    page = tools.document().partition("### qsys_control_set\n")[2].partition("\n### ")[0]
    assert "| `after` | As read back; a Core clamps in silence. |" in page
    assert "| `string` of QsysReading | As the Core writes it. |" in page


def test_every_tool_has_an_example_and_a_chapter() -> None:
    page = tools.document()
    assert set(EXAMPLES) == {entry.operation.name for entry in book()}
    for name in (*(entry.tool.name for entry in book()), *trio.NAMES):
        assert f"\n### {name}\n" in page
    for prompt in ("troubleshoot_miner_offline", "shift_handover"):
        assert f"| `{prompt}` |" in page


def test_every_failure_that_is_named_is_explained() -> None:
    for entry in book():
        codes = tools.codes_of(entry.operation)
        assert set(codes) <= tools.ADVICE.keys()
        assert ("indeterminate" in codes) is (
            entry.operation.device and entry.operation.danger > Danger.READ
        )


def test_the_pages_in_the_tree_are_those_of_the_code() -> None:
    for place, make in PAGES.items():
        assert (CHECKOUT / "docs" / place).read_text() == make()


def test_a_bar_does_not_end_a_cell() -> None:
    assert table(("a",), [["x|y"]]).splitlines() == ["| a |", "| --- |", "| x\\|y |"]


@pytest.mark.parametrize("one", NAMES, ids=lambda one: one.name)
def test_a_name_leads_where_the_table_says(one: Namesake) -> None:
    row = next(line for line in namesakes.document().splitlines() if f"| `{one.name}` |" in line)
    if one.name in installed():
        found = installed().get(one.name)
        assert not one.instead
        assert "Accepted." in row
        assert found.faces & {Face.REST, Face.MCP}
        if Face.MCP in found.faces:
            entry = book().find(one.name)
            assert entry is not None
            assert f"`{entry.tool.name}`" in row
    elif one.name in ANSWERS:
        assert "Accepted." in row
    elif one.instead:
        operation = installed().get(one.instead)
        assert read(operation.input, one.input)
        assert f"`{one.instead.replace('.', '_')}`" in row
    else:
        assert "| none |" in row


def test_every_borrowed_name_is_in_the_table() -> None:
    borrowed = {alias for one in installed() for alias in one.aliases}
    assert borrowed - {one.name for one in NAMES} == OWN_ALIASES


def test_the_reference_servers_are_there_in_full() -> None:
    assert len(SERVERS["Q-SYS"]) == 19
    assert len(SERVERS["Braiins OS"]) == 22
    assert len({one.name for one in NAMES}) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "status"), [("echo", "ok"), ("get_fleet_status", "ok"), ("check_job_status", "ok")]
)
def test_a_borrowed_name_is_called_as_it_is(key_of: KeyOf, name: str, status: str) -> None:
    job = factories.job()
    arguments = {"job": str(job.id)} if "job" in name else {}
    reply = call(key_of(), name, arguments)
    expected = "not_found" if arguments else status
    assert (reply.content.get("code") or reply.content["status"]) == expected


def test_no_line_of_the_pages_is_a_heading_by_accident() -> None:
    for make in PAGES.values():
        headings = [line for line in make().splitlines() if line.startswith("#")]
        assert all(re.fullmatch(r"#{1,3} [\w -]+", line) for line in headings)
