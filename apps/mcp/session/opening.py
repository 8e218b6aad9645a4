"""What a handshake client said when it opened a session, sealed into the session's id.

So any process knows a session that another one opened, and a restart forgets none.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.crypto import WrongKey
from apps.kernel.keyring import keyring

Json = dict[str, Any]

#: First word of every sealed id.
SESSION: Final = "mcp-session"
#: Characters of an id that are looked at.
LONGEST: Final = 2_000
#: Seconds for which an id is good; after them its client opens another.
LIFE: Final = 7 * 24 * 3_600
#: Characters of the name and of the version of a program that are kept.
NAME_MOST: Final = 70
VERSION_MOST: Final = 29
#: What a client can be asked, and how; nothing else that it is capable of matters later.
KEPT: Final = {
    "elicitation": frozenset({"form", "url"}),
    "sampling": frozenset({"context", "tools"}),
    "roots": frozenset({"listChanged"}),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """An `initialize`, as far as it matters later.

    `holder` is whose session it is. `lives` says that there is a connection behind it, on which
    its client can be asked and told things; without one the id only says who calls.
    """

    holder: str
    version: str
    name: str
    release: str
    capabilities: str
    lives: bool
    at: int

    @property
    def client(self) -> str:
        """Name and version of the program."""
        return f"{self.name} {self.release}".strip()

    def params(self) -> Json:
        """The parameters of an `initialize` that opens the same again."""
        return {
            "protocolVersion": self.version,
            "capabilities": orjson.loads(self.capabilities),
            "clientInfo": {"name": self.name, "version": self.release},
        }

    def sealed(self) -> str:
        """As the id of a session: no two are alike, and nobody but this plane makes one."""
        plain = [
            SESSION,
            self.holder,
            self.version,
            self.name,
            self.release,
            self.capabilities,
            self.lives,
            self.at,
        ]
        return keyring().seal(orjson.dumps(plain)).decode()


def holder_of(actor: Actor) -> str:
    """Whose sessions those of `actor` are: the credential's that opened them, alone."""
    return str(actor.credential_id or actor.id)


def opening_of(actor: Actor, params: Json, *, lives: bool) -> Opening | None:
    """What the parameters of an `initialize` open; None where they are not in order."""
    said, client = params.get("capabilities"), params.get("clientInfo")
    version = params.get("protocolVersion")
    if not (isinstance(said, dict) and isinstance(client, dict) and isinstance(version, str)):
        return None
    return Opening(
        holder=holder_of(actor),
        version=version[:20],
        name=_plain(client.get("name"), NAME_MOST),
        release=_plain(client.get("version"), VERSION_MOST),
        capabilities=orjson.dumps(_kept(said)).decode(),
        lives=lives,
        at=int(clock.now().timestamp()),
    )


def opened(number: str, actor: Actor) -> Opening | None:
    """The opening behind an id; None for one that is old, not of this caller, or not ours."""
    if len(number) > LONGEST:
        return None
    try:
        found = _read(number)
    except (WrongKey, UnicodeEncodeError, orjson.JSONDecodeError, ValueError):
        return None
    young = clock.now().timestamp() < found.at + LIFE
    return found if young and found.holder == holder_of(actor) else None


def digest_of(number: str) -> str:
    """What a session is called among processes; its id stays its client's."""
    return hashlib.sha256(number.encode()).hexdigest()


@lru_cache(maxsize=10_000)
def _read(number: str) -> Opening:
    raw = orjson.loads(keyring().unseal(number.encode("ascii")))
    # The keyring seals other things too; one of those is no session.
    if not isinstance(raw, list) or raw[:1] != [SESSION]:
        raise ValueError("not a session")
    return Opening(*raw[1:])


def _kept(said: Json) -> Json:
    """Each of its words in the plainest form that means the same."""
    return {
        name: {
            word: value is not False and (value is True or {})
            for word, value in _in(said[name], words)
        }
        for name, words in KEPT.items()
        if name in said
    }


def _in(said: object, words: frozenset[str]) -> list[tuple[str, object]]:
    return [one for one in said.items() if one[0] in words] if isinstance(said, dict) else []


def _plain(text: object, most: int) -> str:
    """One short line: it is shown to people, and comes from anybody."""
    if not isinstance(text, str):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:most]
