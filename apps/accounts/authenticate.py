"""One credential, every door: REST, streams, sockets and MCP all ask here who is calling."""

import ipaddress
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b
from threading import Lock
from typing import Final

from apps.accounts.models import ApiKey, Assistant, BearerToken
from apps.accounts.secrets import digest_of, prefix_of, same
from apps.accounts.selectors import actor_of, assistant_actor
from apps.accounts.tokens import ACCESS_PREFIX, token_verified
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure

#: A verdict is remembered this long in a process, so a revocation is known everywhere by then.
REMEMBERED_SECONDS: Final = 2.0
REMEMBERED_MOST: Final = 4_096
LAST_USED_STEP: Final = timedelta(minutes=1)

#: Fingerprint of the text, address, door.
MemoryKey = tuple[bytes, str, str | None]
#: Known to this process alone, so that its memory of a credential is of no use elsewhere.
_SALT: Final = secrets.token_bytes(32)

ACCEPTED = "Send an API key as 'X-API-Key: cp_…', or 'Authorization: Bearer …'."


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller showed, and from which address.

    `door` is the identifier of a resource that takes only OAuth tokens made for it (RFC 8707).
    """

    text: str
    address: str
    door: str | None = None

    @property
    def memory_key(self) -> MemoryKey:
        """What a verdict is remembered by; the text itself is not kept."""
        known_by = blake2b(self.text.encode(), key=_SALT, digest_size=32).digest()
        return known_by, self.address, self.door


def credential_from(
    headers: dict[str, str], address: str, door: str | None = None
) -> Credential | None:
    """The credential in lower-cased `headers`; None when there is none.

    Accepts `X-API-Key: k`, `Authorization: ApiKey k` and `Authorization: Bearer t`.
    """
    if key := headers.get("x-api-key", "").strip():
        return Credential(key, address, door)
    scheme, _, value = headers.get("authorization", "").strip().partition(" ")
    if not scheme:
        return None
    if scheme.lower() not in ("apikey", "bearer") or not value.strip():
        raise Failure(Code.UNAUTHENTICATED, f"This Authorization scheme is unknown. {ACCEPTED}")
    return Credential(value.strip(), address, door)


class _Remembered:
    """Recent verdicts of this process; bounded, and never the truth."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[MemoryKey, tuple[float, Actor]] = OrderedDict()

    def get(self, key: MemoryKey) -> Actor | None:
        with self._lock:
            found = self._known.get(key)
        return found[1] if found and found[0] > clock.monotonic() else None

    def put(self, key: MemoryKey, actor: Actor) -> None:
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
    return _remembered.get(credential.memory_key)


def authenticate(credential: Credential) -> Actor:
    """The actor behind `credential`; raises `unauthenticated` with what is accepted."""
    memory_key = credential.memory_key
    known = _remembered.get(memory_key)
    if known is not None:
        return known
    actor = _identified(credential, digest=digest_of(credential.text))
    _remembered.put(memory_key, actor)
    return actor


def _identified(credential: Credential, *, digest: str) -> Actor:
    if credential.text.startswith(ACCESS_PREFIX):
        assistant, scopes = token_verified(credential.text, credential.door)
        _note_use(assistant)
        return assistant_actor(assistant, scopes)
    key = _key_for(credential.text, digest)
    _require_usable(key, credential.address)
    _note_use(key)
    return actor_of(key.user, key=key)


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


def _note_use(used: ApiKey | Assistant) -> None:
    now = clock.now()
    if used.last_used_at is None or now - used.last_used_at > LAST_USED_STEP:
        type(used).system.filter(id=used.id).update(last_used_at=now)


def _refused(reason: str) -> Failure:
    return Failure(Code.UNAUTHENTICATED, f"{reason} {ACCEPTED}")
