"""The contract's files are made of the code, the same every time, and a change is seen."""

from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.core.management import CommandError, call_command

from apps.operations.catalogue import installed
from controlplane.contracts import files, metrics

NAMES = {
    "contract/events.json",
    "contract/mcp-tools.json",
    "contract/metrics.json",
    "contract/openapi.json",
    "contract/operations.json",
    "reference/mcp-tools.md",
    "reference/reference-tools.md",
}


def test_the_same_code_gives_the_same_bytes() -> None:
    assert set(files()) == NAMES
    assert files() == files()


def test_writing_and_checking_agree(tmp_path: Path) -> None:
    call_command("contract", folder=tmp_path, stdout=StringIO())
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*")}
    assert written == NAMES
    said = StringIO()
    call_command("contract", folder=tmp_path, check=True, stdout=said)
    assert said.getvalue() == ""


def test_a_change_is_shown_and_fails(tmp_path: Path) -> None:
    call_command("contract", folder=tmp_path, stdout=StringIO())
    path = tmp_path / "contract" / "operations.json"
    path.write_text(path.read_text().replace('"system.ping"', '"system.pong"'))
    said = StringIO()
    with pytest.raises(CommandError, match="contract changed"):
        call_command("contract", folder=tmp_path, check=True, stdout=said)
    assert '-    "name": "system.pong"' in said.getvalue().replace(",", "")
    assert "system.pong" in path.read_text()


def test_a_missing_file_is_a_change(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("contract", folder=tmp_path, check=True, stdout=StringIO())


def test_metrics_have_their_labels() -> None:
    found = {one["name"]: one for one in metrics()}
    assert found["operation_calls_total"]["labels"] == ["operation", "face", "verdict"]
    assert found["process_memory_usage_bytes"]["labels"] == ["type"]
    assert found["job_open"] == {"name": "job_open", "type": "gauge", "labels": ["state"]}
    assert not [name for name in found if name.startswith(("django_", "python_"))]


def test_the_catalogue_is_printed() -> None:
    said = StringIO()
    call_command("operations", stdout=said)
    assert len(said.getvalue().splitlines()) == len(installed())
    said = StringIO()
    call_command("operations", "system.", json=True, stdout=said)
    names = [one["name"] for one in orjson.loads(said.getvalue())]
    assert names == ["system.health", "system.metrics", "system.ping"]
