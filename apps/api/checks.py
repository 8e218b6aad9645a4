"""System checks: one name, one schema. Two classes of a name would overwrite each other."""

from collections.abc import Iterable
from typing import Any, Final

from django.core.checks import CheckMessage, Error
from pydantic import BaseModel

from apps.operations.catalogue import installed

TAKEN: Final = "api.E001"


def unique_schema_names(**_: Any) -> list[CheckMessage]:
    """Names of operation schemas, which the OpenAPI document and tool lists use as they are."""
    models = [model for one in installed() for model in (one.input, one.output)]
    return clashes(models)


def clashes(models: Iterable[type[BaseModel]]) -> list[CheckMessage]:
    """An error for each name that two different classes have."""
    first: dict[str, type[BaseModel]] = {}
    found: list[CheckMessage] = []
    for model in models:
        other = first.setdefault(model.__name__, model)
        if other is not model:
            found.append(
                Error(
                    f"Two schemas are called {model.__name__}: "
                    f"in {other.__module__} and in {model.__module__}.",
                    hint="Name schemas <App><Noun><Verb>In and Out.",
                    id=TAKEN,
                )
            )
    return found
