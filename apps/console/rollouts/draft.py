"""What somebody has filled in of a rollout so far, carried from step to step by the page itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

import orjson

from apps.kernel.crypto import WrongKey
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring

#: First member of every sealed draft: the keyring seals other things too.
DRAFT: Final = "rollout-draft"
#: What an address may fill in of the question for whom.
WHOM: Final = ("site", "tag", "kind", "names")
LONGEST: Final = 200_000


@dataclass(frozen=True, slots=True)
class Draft:
    """An operation, its input, and for whom.

    `whom` holds site, tag, kind and names (one a line), as the form does. `key` makes sending the
    last step twice one rollout.
    """

    operation: str = ""
    input: dict[str, Any] = field(default_factory=dict)
    whom: dict[str, str] = field(default_factory=dict)
    key: str = field(default_factory=lambda: f"console:{new_id()}")

    @classmethod
    def of_address(cls, given: Mapping[str, str], operation: str) -> Self:
        """A new one with what the address fills in."""
        return cls(operation=operation, whom=whom_of(given))

    def sealed(self) -> str:
        """As an opaque text for a hidden field: inputs may hold secrets."""
        plain = orjson.dumps([DRAFT, self.operation, self.input, self.whom, self.key])
        return keyring().seal(plain).decode()

    @classmethod
    def opened(cls, text: str) -> Self:
        """Reads a hidden field; raises `stale_plan` for what this plane did not seal."""
        try:
            mark, *rest = orjson.loads(keyring().unseal(text.encode()))
        except (WrongKey, UnicodeEncodeError, ValueError):
            mark, rest = "", []
        if mark != DRAFT:
            raise Failure(
                Code.STALE_PLAN, "This page is too old to go on with. Begin the rollout again."
            )
        return cls(*rest)


def whom_of(given: Mapping[str, str]) -> dict[str, str]:
    """What a form or an address says about whom; empty answers are left out."""
    found = {name: given.get(name, "").strip()[:LONGEST] for name in WHOM}
    return {name: text for name, text in found.items() if text}
