"""What a refused caller is told about getting in: which credential, from whom, which scopes."""

from typing import Any, Final

from apps.accounts.authenticate import credential_from
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.origin import metadata_url, oauth_offered
from apps.kernel.permissions import FIRST_SCOPE, SCOPE_GROUPS
from apps.mcp.tools import book
from apps.mcp.visit import Visit
from apps.operations.core import AnyOperation, Danger

_REALM: Final = 'realm="control plane"'


def of_strangers(visit: Visit) -> bytes:
    """`WWW-Authenticate` of a 401; a token that was shown and refused is called invalid."""
    parts = [f"Bearer {_REALM}"]
    if oauth_offered():
        if _showed_a_token(visit):
            parts.append('error="invalid_token"')
        parts += [_metadata(visit), f'scope="{FIRST_SCOPE}"']
    return f"{', '.join(parts)}, ApiKey {_REALM}".encode()


def of_step_up(visit: Visit) -> bytes:
    """`WWW-Authenticate` of a 403: the scopes there are, and those that are missing."""
    held = visit.actor.scopes or frozenset()
    wanted = [scope for scope in SCOPE_GROUPS if scope in {*held, *visit.scopes_missing}]
    scope = f'scope="{" ".join(wanted)}"'
    return f'Bearer error="insufficient_scope", {scope}, {_metadata(visit)}'.encode()


def require_scope(visit: Visit, message: dict[str, Any]) -> None:
    """Ask for a step-up where a tool lacks nothing but scopes of the caller's token."""
    missing = missing_for(visit.actor, message) if visit.method == "tools/call" else ()
    if missing:
        visit.scopes_missing = missing
        raise Failure(
            Code.FORBIDDEN,
            f"This needs the scope {' and '.join(missing)}; ask your person for it.",
        )


def missing_for(actor: Actor, message: dict[str, Any]) -> tuple[str, ...]:
    """Scopes that the called tool lacks; none for tools that scopes alone would not open."""
    params = message.get("params")
    name = params.get("name") if isinstance(params, dict) else None
    entry = book().find(name) if isinstance(name, str) else None
    return scopes_missing(actor, entry.operation) if entry else ()


def scopes_missing(actor: Actor, operation: AnyOperation) -> tuple[str, ...]:
    """Scopes that `actor` could ask for and needs for `operation`; none where a role is missing."""
    if not actor.steps_up or not actor.holds(operation.permission):
        return ()
    dangerous = operation.danger >= Danger.DISRUPTIVE
    return actor.scopes_missing(operation.permission, dangerous=dangerous)


def _showed_a_token(visit: Visit) -> bool:
    try:
        return credential_from(visit.headers, visit.address) is not None
    except Failure:
        return True


def _metadata(visit: Visit) -> str:
    return f'resource_metadata="{metadata_url(visit.headers.get("host", ""))}"'
