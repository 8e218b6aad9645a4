"""The closed list of operations: filled once at start, read by everybody."""

from collections.abc import Iterable, Iterator
from typing import Any

from apps.kernel.actor import Actor
from apps.kernel.errors import Failure, not_found
from apps.operations.core import AnyOperation, DeclarationError, Face, Operation


class Catalogue:
    """Operations by name and alias. `freeze` closes it; `add` raises afterwards."""

    def __init__(self) -> None:
        self._by_name: dict[str, AnyOperation] = {}
        self._alias: dict[str, str] = {}
        self._frozen = False

    def add(self, operations: Iterable[Operation[Any, Any]]) -> None:
        """Take operations in; raises `DeclarationError` on a name that is taken."""
        for operation in operations:
            if self._frozen:
                raise DeclarationError(f"{operation.name}: the catalogue is closed")
            for name in (operation.name, *operation.aliases):
                if name in self._by_name or name in self._alias:
                    raise DeclarationError(f"{operation.name}: the name {name} is taken")
            self._by_name[operation.name] = operation
            self._alias.update(dict.fromkeys(operation.aliases, operation.name))

    def freeze(self) -> "Catalogue":
        """Close the list."""
        self._frozen = True
        return self

    def get(self, name: str) -> AnyOperation:
        """The operation of a name or alias; raises `not_found`."""
        found = self._by_name.get(self._alias.get(name, name))
        if found is None:
            raise self.unknown(name)
        return found

    def unknown(self, name: str) -> Failure:
        """The failure for a name nobody declared; it reveals no other names."""
        return not_found("operation", name)

    def visible_to(self, actor: Actor, face: Face) -> list[AnyOperation]:
        """What `actor` may call through `face`, by name."""
        return [
            operation
            for operation in self
            if face in operation.faces and actor.may(operation.permission)
        ]

    def __iter__(self) -> Iterator[AnyOperation]:
        return iter(self._by_name[name] for name in sorted(self._by_name))

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name or name in self._alias


_installed: list[Catalogue] = []


def install(catalogue: Catalogue) -> None:
    """Make `catalogue` this process's one; called once, by the wiring."""
    _installed[:] = [catalogue]


def installed() -> Catalogue:
    """The catalogue of this process."""
    if not _installed:
        raise RuntimeError("no catalogue is installed: is controlplane.wiring in INSTALLED_APPS?")
    return _installed[0]
