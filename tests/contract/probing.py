"""How the denial matrix asks: calls, addresses and pages, and what it holds them to."""

import json
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.audit.models import AuditLog
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.operations.call import Call
from apps.operations.core import Face
from apps.operations.door import invoke
from tests.contract import naming
from tests.contract.witness import prints, writes
from tests.contract.world import Names, World


def urls(found: Iterable[Any] = (), space: str = "") -> Iterable[tuple[str, tuple[str, ...]]]:
    """Name and arguments of every address."""
    for one in found or get_resolver().url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from urls(one.url_patterns, inner)
        elif isinstance(one, URLPattern) and one.name:
            yield f"{space}{one.name}", tuple(sorted(one.pattern.converters or groups(one)))


def groups(pattern: URLPattern) -> Iterable[str]:
    return pattern.pattern.regex.groupindex


ADDRESSES = sorted(set(urls()))


class Watch:
    """Nothing changed, nothing was told, no device was called while this was held."""

    def __init__(self, world: World, caller: str = "other", about: Iterable[str] = ()) -> None:
        self.world, self.caller, self.about = world, caller, list(about)

    def __enter__(self) -> "Watch":
        self.before, self.calls = prints(self.about), self.world.listener.calls
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            after = prints(self.about)
            changed = {name for name in after if after[name] != self.before[name]}
            assert changed == set(), f"changed by somebody who may not: {changed}"
            assert self.world.listener.calls == self.calls, "a device was called"

    def silent(self, text: str, said: Any = "") -> str:
        """The text, when it holds nothing that its reader may not know."""
        told = unsaid(self.world.telling(self.caller), said)
        found = [one for one in told if one.lower() in text.lower()]
        assert found == [], f"told {found} in: {text[:1000]}"
        return text


class Ledger(Watch):
    """The same of what only this process could have done: its transaction wrote no row. A tenth
    of the work, and stricter: a write that was taken back is one."""

    def __enter__(self) -> "Ledger":
        self.written, self.calls = writes(), self.world.listener.calls
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            wrote = writes().items() - self.written.items()
            assert not wrote, f"somebody who may not made it write: {wrote}"
            assert self.world.listener.calls == self.calls, "a device was called"


def unsaid(texts: list[str], said: Any) -> list[str]:
    """The texts that are not in what the caller sent."""
    asked = json.dumps(said, default=str)
    return [one for one in texts if one not in asked]


def verdict(operation: str, face: Face, actor: Actor, data: dict[str, Any]) -> str:
    """How a call ends, in words."""
    call = Call(operation=operation, input=data, actor=actor, face=face, key=str(new_id()))
    try:
        return json.dumps(invoke(call).body(), default=str)
    except Failure as failure:
        errors = [[error.path, error.message, error.allowed] for error in failure.errors]
        return json.dumps([failure.code, failure.detail, errors], default=str)


def alike(text: str, world: World) -> str:
    """A text without the names that were asked for, and without guesses at what was meant.

    A guess follows from the word and from what the caller may see; that it holds nothing else is
    looked at apart.
    """
    text = re.sub(r" Did you mean '[^']*'\?", "", text)
    names = [*world.names.values(), *world.absent.values()]
    for value in sorted(names, key=len, reverse=True):
        text = text.replace(value, "ID")
    return text


def denials(actor_id: UUID) -> int:
    return AuditLog.system.filter(actor_id=actor_id, entry="denied").count()


def known(name: str, arguments: Iterable[str]) -> bool:
    if set(naming.ARGUMENTS.get(name, ())) == set(arguments):
        return True
    return tuple(arguments) == ("object_id",) and admin_row(name) is not None


def admin_row(name: str) -> str | None:
    model = name.removeprefix("admin:").rpartition("_")[0]
    return naming.ADMIN_ROWS.get(model)


def path_of(name: str, arguments: Iterable[str], names: Names) -> str:
    """An address that names things."""
    kinds = naming.ARGUMENTS.get(name) or dict.fromkeys(arguments, admin_row(name) or "")
    values = {
        argument: kind[1:] if kind.startswith("=") else getattr(names, kind)
        for argument, kind in kinds.items()
        if argument in arguments
    }
    return reverse(name, kwargs=values)


def browsers(world: World, caller: str) -> dict[str, Client]:
    """The caller with a key, and with a browser's session."""
    if caller == "nobody":
        return {"none": Client()}
    found = world.callers[caller]
    key = Client(headers={"X-API-Key": found.key})
    if caller in ("expired", "disconnected"):
        return {"key": key}
    person = Client()
    person.force_login(found.user)
    return {"key": key, "session": person}


def everything(names: Names) -> dict[str, Any]:
    """A body that names all there is; not as a log-in, whose wrong passwords are counted."""
    fields = {**vars(names), "devices": [names.device], "object_id": names.device}
    return {name: value for name, value in fields.items() if name != "username"}


def sent(client: Client, method: str, page: str, body: dict[str, Any], kind: str) -> str:
    if kind == "application/json":
        answer = getattr(client, method)(page, json.dumps(body), kind)
    else:
        answer = client.post(page, body)
    return f"{dict(answer.headers)} {answer.content.decode(errors='replace')}"


#: What differs between any two answers: ids of requests, tokens and nonces.
PASSING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9]{64}|nonce=\"[^\"]*\"")


def body_of(answer: Any, world: World) -> str:
    """A page as every reader gets it."""
    return PASSING.sub("", alike(answer.content.decode(errors="replace"), world))
