"""Every operation, model and management command has a test of its own, or a reason."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from apps.operations.catalogue import installed

TESTS = Path(__file__).resolve().parents[1]
#: These walk all there is by themselves; a name in them is no test of its own.
WALKERS = Path(__file__).resolve().parent
OURS = ("apps.", "controlplane")

#: What has no test of its own, and why that is right.
OPERATIONS_EXEMPT: dict[str, str] = {}
MODELS_EXEMPT: dict[str, str] = {}
COMMANDS_EXEMPT: dict[str, str] = {}

OPERATIONS = [operation.name for operation in installed()]
MODELS = [
    model._meta.object_name or ""
    for model in apps.get_models()
    if model.__module__.startswith(OURS) and not model._meta.auto_created
]
COMMANDS = sorted(
    name for name, app in get_commands().items() if isinstance(app, str) and app.startswith(OURS)
)


@cache
def sources(folder: Path = TESTS) -> str:
    """The text of all tests in a folder but those that walk everything."""
    files = sorted(folder.rglob("test_*.py"))
    return "\n".join(file.read_text() for file in files if WALKERS not in file.parents)


def quoted(name: str, text: str | None = None) -> bool:
    """Whether a test spells the name as a text of its own, or as words of a line."""
    found = re.search(rf"""["' ]{re.escape(name)}["': ]""", text or sources())
    return found is not None


def called(operation: str) -> bool:
    """Whether a test names the operation; those of its app may leave the app's name out."""
    app, _, rest = operation.partition(".")
    own = sources(TESTS / "unit" / app)
    return quoted(operation) or ("." in rest and bool(own) and quoted(rest, own))


def used(name: str) -> bool:
    """Whether a test uses the class of this name."""
    return re.search(rf"\b{re.escape(name)}\b", sources()) is not None


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in OPERATIONS_EXEMPT])
def test_an_operation_has_a_test_of_its_own(name: str) -> None:
    assert called(name), f"no test in tests/ calls {name}"


@pytest.mark.parametrize("name", [name for name in MODELS if name not in MODELS_EXEMPT])
def test_a_model_has_a_test_of_its_own(name: str) -> None:
    assert used(name), f"no test in tests/ uses {name}"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in COMMANDS_EXEMPT])
def test_a_command_has_a_test_of_its_own(name: str) -> None:
    assert quoted(name), f"no test in tests/ runs manage.py {name}"


@pytest.mark.parametrize(
    ("exempt", "there"),
    [
        (OPERATIONS_EXEMPT, OPERATIONS),
        (MODELS_EXEMPT, MODELS),
        (COMMANDS_EXEMPT, COMMANDS),
    ],
)
def test_an_exemption_names_what_is_there_and_says_why(
    exempt: dict[str, str], there: Iterable[str]
) -> None:
    assert set(exempt) <= set(there)
    assert all(len(reason.split()) >= 4 for reason in exempt.values())


def test_the_search_finds_what_is_there_and_nothing_else() -> None:
    assert called("fleet.device.decommission")
    assert not called("fleet.device.nothing" + "_of_the_kind")
    assert used("Device")
    assert not quoted("fleet.device.nothing" + "_of_the_kind")
    assert not used("Dev" + "iceOfNobody")
