"""One credential, every door: REST, streams, sockets and MCP all ask here who is calling."""

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Final

from apps.accounts.models import ApiKey, BearerToken
from apps.accounts.secrets import digest_of, prefix_of, same
from apps.accounts.selectors import actor_of
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure

#: A verdict is remembered this long in a process, so a revocation is known everywhere by then.
REMEMBERED_SECONDS: Final = 2.0
REMEMBERED_MOST: Final = 4_096
LAST_USED_STEP: Final = timedelta(minutes=1)

ACCEPTED = "Send an API key as 'X-API-Key: cp_…', or 'Authorization: Bearer …'."


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller showed, and from which address."""

    text: str
    address: str


def credential_from(headers: dict[str, str], address: str) -> Credential | None:
    """The credential in lower-cased `headers`; None when there is none.

    Accepts `X-API-Key: k`, `Authorization: ApiKey k` and `Authorization: Bearer t`.
    """
    if key := headers.get("x-api-key", "").strip():
        return Credential(key, address)
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    if not scheme:
        return None
    if scheme.lower() not in ("apikey", "bearer") or not value.strip():
        raise Failure(Code.UNAUTHENTICATED, f"This Authorization scheme is unknown. {ACCEPTED}")
    return Credential(value.strip(), address)


class _Remembered:
    """Recent verdicts of this process; bounded, and never the truth."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[tuple[str, str], tuple[float, Actor]] = OrderedDict()

    def get(self, key: tuple[str, str]) -> Actor | None:
        with self._lock:
            found = self._known.get(key)
        return found[1] if found and found[0] > clock.monotonic() else None

    def put(self, key: tuple[str, str], actor: Actor) -> None:
        with self._lock:
            self._known[key] = (clock.monotonic() + REMEMBERED_SECONDS, actor)
            self._known.move_to_end(key)
            while len(self._known) > REMEMBERED_MOST:
                self._known.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


_remembered = _Remembered()


def forget_all() -> None:
    """Drop this process's memory of verdicts (after a revocation, and between tests)."""
    _remembered.clear()


def remembered(credential: Credential) -> Actor | None:
    """A recent verdict without any I/O, for callers on an event loop."""
    return _remembered.get((digest_of(credential.text), credential.address))


def authenticate(credential: Credential) -> Actor:
    """The actor behind `credential`; raises `unauthenticated` with what is accepted."""
    digest = digest_of(credential.text)
    known = _remembered.get((digest, credential.address))
    if known is not None:
        return known
    key = _key_for(credential.text, digest)
    _require_usable(key, credential.address)
    _note_use(key)
    actor = actor_of(key.user, key=key)
    _remembered.put((digest, credential.address), actor)
    return actor


def _key_for(text: str, digest: str) -> ApiKey:
    related = ("user", "user__acts_for", "tenant")
    prefix = prefix_of(text)
    if prefix is not None:
        key = ApiKey.system.select_related(*related).filter(prefix=prefix).first()
        if key is None or not same(key.digest, digest):
            raise _refused("This API key is not known.")
        return key
    token = (
        BearerToken.objects.select_related(*(f"key__{name}" for name in related))
        .filter(digest=digest)
        .first()
    )
    if token is None:
        raise _refused("This token is not known.")
    if token.expires_at <= clock.now():
        raise _refused("This token has expired; trade your API key for a new one.")
    return token.key


def _require_usable(key: ApiKey, address: str) -> None:
    if key.revoked_at is not None:
        raise _refused("This API key was revoked.")
    if key.expires_at is not None and key.expires_at <= clock.now():
        raise _refused("This API key has expired.")
    if not key.user.is_active or (key.user.acts_for and not key.user.acts_for.is_active):
        raise _refused("The account behind this API key is suspended.")
    if key.networks and not _inside(address, key.networks):
        raise _refused("This API key may not be used from this address.")


def _inside(address: str, networks: list[str]) -> bool:
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(host in ipaddress.ip_network(network, strict=False) for network in networks)


def _note_use(key: ApiKey) -> None:
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP:
        ApiKey.system.filter(id=key.id).update(last_used_at=now)


def _refused(reason: str) -> Failure:
    return Failure(Code.UNAUTHENTICATED, f"{reason} {ACCEPTED}")
