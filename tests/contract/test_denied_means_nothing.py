"""Whoever may not, learns nothing and changes nothing: everywhere, whichever way they come."""

import json
from typing import Any

import httpx
import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.fleet.models import Device
from apps.kernel.actor import anonymous_actor
from apps.kernel.errors import Code
from apps.kernel.ids import new_id
from apps.mcp import trio
from apps.mcp.resources.reading import SHELVES
from apps.mcp.tools import book
from apps.operations.admit import ANONYMOUS
from apps.operations.catalogue import installed
from apps.operations.core import Face
from tests.contract import naming
from tests.contract.probing import (
    ADDRESSES,
    Ledger,
    Watch,
    alike,
    body_of,
    browsers,
    denials,
    everything,
    known,
    path_of,
    sent,
    unsaid,
    verdict,
)
from tests.contract.serving import Server
from tests.contract.world import MARKER, World, tell_now
from tests.support import factories
from tests.unit.live.serving import SocketReader, SseReader, until

OPERATIONS = [operation.name for operation in installed()]
NAMING = [name for name in OPERATIONS if name not in naming.OWN]
STRANGERS = ("other", "rack two", "agent")
LOCKED_OUT = ("suspended", "expired", "disconnected")
TOOLS = {entry.tool.name: entry.operation.name for entry in book()}


# -- everything is covered


def test_every_operation_is_covered() -> None:
    assert set(naming.NAMES) | set(naming.OWN) == set(OPERATIONS)
    assert not set(naming.NAMES) & set(naming.OWN)


def test_every_address_is_covered() -> None:
    missing = {name for name, arguments in ADDRESSES if arguments and not known(name, arguments)}
    assert missing == set()


def test_every_resource_is_covered() -> None:
    assert {shelf.uri for shelf in SHELVES if shelf.one} == set(naming.RESOURCES)


def test_every_model_has_a_row_that_could_leak(fresh: World) -> None:
    elsewhere = {"admin", "auth", "contenttypes", "sessions"}
    empty = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label not in elsewhere and not model._base_manager.exists()
    }
    # The toolkit's tables of flows that are off.
    assert empty == {"oauth2_provider.IDToken", "oauth2_provider.DeviceGrant"}


@pytest.mark.parametrize("kept", [True, False])
def test_the_ledger_sees_every_write(fresh: World, kept: bool) -> None:
    def renamed() -> None:
        with transaction.atomic():
            Device.system.filter(id=fresh.names.device).update(name="another")
            if not kept:
                transaction.set_rollback(True)

    with pytest.raises(AssertionError, match="made it write"), Ledger(fresh):
        renamed()
    with Ledger(fresh):
        denials(fresh.owner.actor.id)


# -- operations, through every face


@pytest.mark.parametrize("caller", STRANGERS)
@pytest.mark.parametrize("operation", NAMING)
def test_a_strangers_call_ends_as_if_there_were_nothing(
    fresh: World, operation: str, caller: str
) -> None:
    actor = fresh.callers[caller].actor
    before = denials(actor.id)
    real, absent = (naming.input_of(operation, one) for one in (fresh.names, fresh.absent))
    with Ledger(fresh, caller) as watch:
        for face in Face:
            answer = watch.silent(verdict(operation, face, actor, real), real)
            nothing = verdict(operation, face, actor, absent)
            assert alike(answer, fresh) == alike(nothing, fresh)
            assert json.loads(answer)[0] in (Code.NOT_FOUND, Code.FORBIDDEN)
    assert denials(actor.id) > before


@pytest.mark.parametrize("caller", STRANGERS)
@pytest.mark.parametrize("operation", sorted(naming.OWN))
def test_a_strangers_own_work_touches_nothing_of_others(
    fresh: World, operation: str, caller: str
) -> None:
    data = naming.input_of(operation, fresh.names)
    about = unsaid(fresh.telling(caller), data)
    with Watch(fresh, caller, about) as watch:
        for face in Face:
            watch.silent(verdict(operation, face, fresh.callers[caller].actor, data), data)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_nobody_may_nothing(fresh: World, operation: str) -> None:
    if operation in ANONYMOUS:
        return
    data = naming.input_of(operation, fresh.names)
    with Ledger(fresh) as watch:
        for face in Face:
            answer = watch.silent(verdict(operation, face, anonymous_actor(), data), data)
            assert json.loads(answer)[0] in (Code.UNAUTHENTICATED, Code.NOT_FOUND)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_suspended_person_may_nothing(fresh: World, operation: str) -> None:
    data, actor = naming.input_of(operation, fresh.names), fresh.callers["suspended"].actor
    with Ledger(fresh) as watch:
        for face in Face:
            answer = watch.silent(verdict(operation, face, actor, data), data)
            assert json.loads(answer)[0] in (Code.FORBIDDEN, Code.NOT_FOUND)


def wide(operation: str) -> bool:
    """Whether a key that may only look does not reach the operation."""
    return not installed().get(operation).permission.endswith(".view")


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if wide(name)])
def test_a_key_that_may_look_cannot_act(fresh: World, operation: str) -> None:
    data, actor = naming.input_of(operation, fresh.names), fresh.callers["narrow"].actor
    before, faces = denials(actor.id), installed().get(operation).faces
    with Ledger(fresh) as watch:
        for face in Face:
            answer = watch.silent(verdict(operation, face, actor, data), data)
            expected = Code.FORBIDDEN if face in faces else Code.NOT_FOUND
            assert json.loads(answer)[0] == expected
    assert denials(actor.id) == before + len(faces)


def test_an_agent_of_somebody_who_may_does_not_approve(fresh: World) -> None:
    agent = factories.agent(fresh.owner.user, "admin")
    actor = factories.actor_from(agent, key=factories.issued_key(agent).key)
    with Watch(fresh, about=[fresh.names.approval]):
        answer = verdict(
            "operations.approval.grant", Face.REST, actor, {"approval": fresh.names.approval}
        )
    assert json.loads(answer)[0] == Code.FORBIDDEN


# -- REST


@pytest.mark.parametrize("caller", [*LOCKED_OUT, "nobody"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_credential_that_is_over_opens_nothing(fresh: World, operation: str, caller: str) -> None:
    if caller == "nobody" and operation in ANONYMOUS:
        return
    headers = {} if caller == "nobody" else {"X-API-Key": fresh.callers[caller].key}
    body = {"input": naming.input_of(operation, fresh.names)}
    with Ledger(fresh) as watch:
        answer = Client().post(
            f"/api/v1/operations/{operation}", body, "application/json", headers=headers
        )
        watch.silent(answer.content.decode(), body)
    assert answer.status_code == 401


# -- addresses

#: How an address is asked to act. Whoever is let in nowhere tries the first two: no method is
#: looked at before the caller is.
WAYS = (
    ("post", "application/json"),
    ("delete", "application/json"),
    ("post", "multipart/form-data"),
    ("put", "application/json"),
    ("patch", "application/json"),
)


@pytest.mark.parametrize("caller", [*STRANGERS, *LOCKED_OUT, "nobody"])
@pytest.mark.parametrize(("name", "arguments"), ADDRESSES, ids=[name for name, _ in ADDRESSES])
def test_no_address_tells_or_does_anything(
    fresh: World, name: str, arguments: tuple[str, ...], caller: str
) -> None:
    pages = [path_of(name, arguments, one) for one in (fresh.names, fresh.absent)]
    about = () if arguments else fresh.telling(caller)
    for client in browsers(fresh, caller).values():
        with Watch(fresh, caller, about) if about else Ledger(fresh, caller) as watch:
            real, absent = (client.get(page) for page in pages)
            watch.silent(real.content.decode(errors="replace"), pages[0])
            for method, kind in WAYS if caller in STRANGERS else WAYS[:2]:
                answer = sent(client, method, pages[0], everything(fresh.names), kind)
                watch.silent(answer, [pages[0], fresh.names.values()])
        assert real.status_code == absent.status_code
        if arguments:
            assert body_of(real, fresh) == body_of(absent, fresh)


LISTS = [
    name
    for name, arguments in ADDRESSES
    if not arguments and (name.endswith(("-list", "_changelist")) and "auth_group" not in name)
]


@pytest.mark.parametrize("name", LISTS)
def test_whoever_may_does_see_it(fresh: World, name: str) -> None:
    """Else the marker would be missed everywhere for want of a row."""
    if name.startswith("admin:"):
        client = Client()
        client.force_login(fresh.owner.user)
    else:
        client = Client(headers={"X-API-Key": fresh.owner.key})
    text = client.get(reverse(name)).content.decode().lower()
    assert any(one in text for one in (MARKER, *fresh.names.values()))


def test_devices_count_their_callers(fresh: World) -> None:
    before = fresh.listener.calls
    data = {"device": fresh.names.device}
    answer = verdict("qsys.core.status", Face.REST, fresh.owner.actor, data)
    assert fresh.listener.calls > before, answer


# -- MCP


@pytest.mark.parametrize("caller", STRANGERS)
@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_no_tool_tells_or_does_anything(
    fresh: World, server: Server, tool: str, caller: str
) -> None:
    operation, key = TOOLS[tool], fresh.callers[caller].key
    own = operation in naming.OWN
    about = unsaid(fresh.telling(caller), naming.input_of(operation, fresh.names)) if own else ()
    with Watch(fresh, caller, about) as watch:
        real, absent = (
            called(server, key, tool, naming.input_of(operation, one))
            for one in (fresh.names, fresh.absent)
        )
        watch.silent(real, naming.input_of(operation, fresh.names))
    if not own:
        assert alike(real, fresh) == alike(absent, fresh)


def called(server: Server, key: str | None, tool: str, data: dict[str, Any]) -> str:
    """What a tool answers, without the request's own id."""
    arguments = {**data, "idempotency_key": str(new_id())}
    answer = server.mcp(key, "tools/call", {"name": tool, "arguments": arguments})
    found = answer.json()
    for place in (
        found.get("result", {}).get("structuredContent"),
        found.get("error", {}).get("data"),
    ):
        if place:
            place.pop("request_id", None)
            place.pop("call_id", None)
    return json.dumps(found)


@pytest.mark.parametrize("caller", STRANGERS)
@pytest.mark.parametrize("uri", [shelf.uri for shelf in SHELVES])
def test_no_resource_tells_anything(fresh: World, server: Server, uri: str, caller: str) -> None:
    key = fresh.callers[caller].key
    said = fresh.names.values() if uri in naming.RETOLD else ""
    with Watch(fresh, caller) as watch:
        watch.silent(read(server, key, uri), said)
        if uri in naming.RESOURCES:
            kind = naming.RESOURCES[uri]
            real, absent = (
                read(server, key, f"{uri}/{getattr(one, kind)}")
                for one in (fresh.names, fresh.absent)
            )
            watch.silent(real, getattr(fresh.names, kind))
            assert alike(real, fresh) == alike(absent, fresh)


def read(server: Server, key: str, uri: str) -> str:
    found = server.mcp(key, "resources/read", {"uri": uri}).json()
    found.get("error", {}).get("data", {}).pop("request_id", None)
    return json.dumps(found)


def test_the_owners_assistant_does_read_it(fresh: World, server: Server) -> None:
    text = read(server, fresh.owner.key, f"fleet://devices/{fresh.names.device}")
    assert MARKER in text


@pytest.mark.parametrize("caller", [*LOCKED_OUT, "nobody"])
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/list", {}),
        ("resources/list", {}),
        ("resources/read", {"uri": "fleet://devices"}),
        ("tools/call", {"name": "fleet_device_list", "arguments": {}}),
        ("initialize", {}),
    ],
)
def test_assistants_without_a_good_credential_stay_out(
    fresh: World, server: Server, caller: str, method: str, params: dict[str, Any]
) -> None:
    key = None if caller == "nobody" else fresh.callers[caller].key
    with Watch(fresh) as watch:
        answer = server.mcp(key, method, params)
        watch.silent(answer.text)
    assert answer.status_code == 401


def test_a_tool_is_not_offered_that_cannot_be_called(fresh: World, server: Server) -> None:
    key = fresh.callers["narrow"].key
    found = server.mcp(key, "tools/list", {}, below="/all").json()["result"]["tools"]
    offered = {one["name"] for one in found} - trio.NAMES
    assert offered == {tool for tool, name in TOOLS.items() if not wide(name)}


# -- streams


@pytest.mark.parametrize("reader", [SseReader, SocketReader])
@pytest.mark.parametrize("caller", STRANGERS)
@pytest.mark.parametrize("query", ["", "?after=0-0", "?device={device}", "?job={job}&after=0-0"])
def test_no_stream_tells_anything(
    fresh: World, server: Server, reader: Any, caller: str, query: str
) -> None:
    wanted = query.format(**vars(fresh.names))
    headers = {"X-API-Key": fresh.callers[caller].key}
    mine = {"X-API-Key": fresh.owner.key}
    with (
        reader(server.url, headers=headers, query=wanted) as stranger,
        reader(server.url, headers=mine) as owner,
    ):
        tell_now(fresh.rows.tenant, fresh.rows.device)
        until(lambda: MARKER in json.dumps(owner.messages))
        assert Watch(fresh, caller).silent(json.dumps(stranger.messages), wanted)


@pytest.mark.parametrize("caller", [*LOCKED_OUT, "nobody"])
def test_streams_do_not_open_without_a_good_credential(
    fresh: World, server: Server, caller: str
) -> None:
    headers = {} if caller == "nobody" else {"X-API-Key": fresh.callers[caller].key}
    assert httpx.get(f"{server.url}/events", headers=headers).status_code == 401
    with SocketReader(server.url, headers=headers) as found:
        assert found.ended.wait(5)
    assert found.socket.close_code == 4401


@pytest.mark.parametrize("path", ["/health?detail=1", "/health", "/ready", "/metrics"])
@pytest.mark.parametrize("caller", [*STRANGERS, *LOCKED_OUT])
def test_what_machines_read_names_nobody(
    fresh: World, server: Server, path: str, caller: str
) -> None:
    headers = {"X-API-Key": fresh.callers[caller].key}
    answer = httpx.get(f"{server.url}{path}", headers=headers, timeout=20)
    Watch(fresh, caller).silent(answer.text)
