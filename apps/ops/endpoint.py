"""`/health`, `/ready` and `/metrics`, answered in front of Django."""

from dataclasses import asdict
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from django.db import InterfaceError, OperationalError
from prometheus_client import CONTENT_TYPE_LATEST

from apps.accounts.authenticate import ACCEPTED, authenticate, credential_from
from apps.kernel.errors import Code, Failure
from apps.operations.health import Finding, Health, examine, summary
from apps.ops import ready as readiness
from apps.ops.metrics import exposition
from apps.ops.threads import Shared, run
from apps.ops.wire import (
    Receive,
    Scope,
    Send,
    address_of,
    from_this_machine,
    headers_of,
    respond,
    respond_failure,
)

PERMISSION: Final = "system.view"
PROBE_SECONDS: Final = 3.0
SCRAPE_SECONDS: Final = 10.0
KEEP_SECONDS: Final = 2.0

_findings: Final = Shared(examine, keep_seconds=KEEP_SECONDS)
_readiness: Final = Shared(readiness.look, keep_seconds=0.5)
_exposition: Final = Shared(exposition, keep_seconds=1.0)


async def health(scope: Scope, receive: Receive, send: Send) -> None:
    """200 as long as the process lives; `status` says how well it is.

    `?detail=1` adds the checks, for whoever holds `system.view`.
    """
    if not await _is_read(scope, send):
        return
    detail = parse_qs(scope["query_string"].decode("latin-1")).get("detail") == ["1"]
    if detail:
        refused = await _refusal(scope)
        if refused is not None:
            await respond_failure(send, scope, refused)
            return
    findings = await _found()
    body = summary(findings)
    if detail:
        body["checks"] = {name: _shown(finding) for name, finding in findings.items()}
    await respond(send, scope, 200, orjson.dumps(body))


async def ready(scope: Scope, receive: Receive, send: Send) -> None:
    """200 when requests may be sent here, else 503 with what is missing."""
    if not await _is_read(scope, send):
        return
    try:
        found = await _readiness.get(PROBE_SECONDS)
    except TimeoutError:
        found = readiness.Readiness("no answer in time", "unknown", "unknown")
    body = {"status": "ready" if found.ready else "not_ready", "checks": asdict(found)}
    headers = {} if found.ready else {"retry-after": "2"}
    await respond(send, scope, 200 if found.ready else 503, orjson.dumps(body), headers=headers)


async def metrics(scope: Scope, receive: Receive, send: Send) -> None:
    """Prometheus' text, for programs on this machine and for whoever holds `system.view`."""
    if not await _is_read(scope, send):
        return
    if not from_this_machine(scope, headers_of(scope)):
        refused = await _refusal(scope)
        if refused is not None:
            await respond_failure(send, scope, refused)
            return
    try:
        text = await _exposition.get(SCRAPE_SECONDS)
    except (TimeoutError, OperationalError, InterfaceError):
        busy = Failure(Code.BUSY, "The database is not answering; nothing can be counted.")
        await respond_failure(send, scope, busy)
        return
    await respond(send, scope, 200, text, kind=CONTENT_TYPE_LATEST)


async def _is_read(scope: Scope, send: Send) -> bool:
    if scope["method"] in ("GET", "HEAD"):
        return True
    await respond(send, scope, 405, b"", headers={"allow": "GET, HEAD"})
    return False


async def _found() -> dict[str, Finding]:
    try:
        return await _findings.get(PROBE_SECONDS)
    except TimeoutError:
        return {"checks": Finding(Health.ERROR, f"No verdict within {PROBE_SECONDS:.0f} s.")}


def _shown(finding: Finding) -> dict[str, Any]:
    return {"status": finding.status.value, "detail": finding.detail, **finding.data}


async def _refusal(scope: Scope) -> Failure | None:
    """Why the caller may not see the inside; None when it may."""
    try:
        await run(partial(_require_right, headers_of(scope), address_of(scope)))
    except Failure as failure:
        return failure
    except (OperationalError, InterfaceError):
        return Failure(Code.BUSY, "The database is not answering; nobody can be recognised.")
    return None


def _require_right(headers: dict[str, str], address: str) -> None:
    credential = credential_from(headers, address)
    if credential is None:
        raise Failure(Code.UNAUTHENTICATED, f"This needs a credential. {ACCEPTED}")
    if not authenticate(credential).may_everywhere(PERMISSION):
        raise Failure(
            Code.FORBIDDEN,
            f"This needs the permission {PERMISSION} on the whole tenant. "
            "An administrator of your tenant may grant it.",
        )
