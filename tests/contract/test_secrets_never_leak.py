"""Secrets are planted in every input, and found nowhere but sealed or hashed."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import orjson
import pytest
from pydantic import SecretStr

from apps.accounts.models import ApiKey, BearerToken, User
from apps.accounts.secrets import digest_of
from apps.audit.sealer import seal_all
from apps.fleet.models import Credential, DiscoveryRange
from apps.fleet.services import range_login
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.kernel.valkey import valkey
from apps.operations.catalogue import installed
from apps.operations.core import Face, Schema
from tests.contract.canary import canary, database, found_in, secret_fields, store
from tests.contract.serving import Server, serving
from tests.support import factories, flush
from tests.support.oauth import filled_in

CLIENT = {"name": "Program", "redirect_uris": ["http://127.0.0.1/callback"]}
#: Where operations take secrets. A new one is planted below, or the first test fails.
INPUTS = {
    ("accounts.user.create", "password"),
    ("fleet.credential.set", "secrets"),
    ("fleet.range.save", "secrets"),
    ("fleet.route.create", "secret"),
    ("fleet.route.create", "url"),
    ("miners.template.save", "groups.pools.password"),
}


@dataclass
class Aftermath:
    """What was planted, what was answered, and where it could have been written down."""

    secrets: dict[str, str] = field(default_factory=dict)
    #: The one answer of each that may show what was just made.
    shown: dict[str, list[str]] = field(default_factory=dict)
    answers: dict[str, httpx.Response] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str) -> str:
        self.secrets[name] = canary(name)
        return self.secrets[name]

    def show(self, answer: str, **secrets: str) -> None:
        """Secrets that this answer was the first to tell."""
        self.secrets |= secrets
        self.shown[answer] = list(secrets.values())


class Caller:
    """Makes calls and keeps the answers."""

    def __init__(self, server: Server, key: str, found: Aftermath) -> None:
        self.server, self.found = server, found
        self.client = httpx.Client(base_url=server.url, headers={"X-API-Key": key}, timeout=20)

    def rest(self, name: str, operation: str, data: dict[str, Any], **more: Any) -> httpx.Response:
        headers = {"Idempotency-Key": more.pop("key", str(new_id()))}
        path = f"/api/v1/operations/{operation}"
        answer = self.client.post(path, json={"input": data, **more}, headers=headers)
        return self.keep(name, answer)

    def mcp(self, name: str, operation: str, data: dict[str, Any]) -> httpx.Response:
        params = {"name": operation.replace(".", "_"), "arguments": data}
        key = str(self.client.headers["X-API-Key"])
        return self.keep(name, self.server.mcp(key, "tools/call", params))

    def keep(self, name: str, answer: httpx.Response) -> httpx.Response:
        self.found.answers[name] = answer
        return answer


@pytest.fixture(scope="module")
def aftermath(
    django_db_setup: None, django_db_blocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Aftermath]:
    log = tmp_path_factory.mktemp("log") / "server.log"
    valkey().flushdb()
    with django_db_blocker.unblock():
        found = Aftermath()
        people = planted_people(found)
        environ = {"LOG_LEVEL": "DEBUG", "DEVICE_NETWORKS": "10.0.0.0/8"}
        with log.open("w") as file, serving(file, **environ) as server:
            caller = Caller(server, people["key"], found)
            accounts(caller, found)
            devices(caller, found, people["device"])
            ranges(caller, found)
            routes(caller, found)
            headers(caller, found)
            log_ins(caller, found, people["username"])
            assistants(caller, found, people["username"])
            wrong_inputs(caller, found)
            exports(caller)
        look(found, log)
        yield found
        flush.empty()


def planted_people(found: Aftermath) -> dict[str, str]:
    """An administrator with a known password and key, and a device."""
    tenant = factories.tenant()
    admin = factories.user(tenant, "admin", password=found.plant("password"))
    found.secrets["key"] = factories.api_key(admin)
    device = factories.device(tenant)
    return {"key": found.secrets["key"], "username": admin.username, "device": str(device.id)}


def accounts(caller: Caller, found: Aftermath) -> None:
    """Accounts with passwords, keys, tokens: made, refused, repeated."""
    made = {"username": "newcomer", "role": "viewer", "password": found.plant("newcomer")}
    caller.rest("user made", "accounts.user.create", made, key="one")
    caller.rest("user replayed", "accounts.user.create", made, key="one")
    other = {**made, "password": found.plant("reused")}
    caller.rest("user key reused", "accounts.user.create", other, key="one")
    caller.rest("user twice", "accounts.user.create", {**made, "password": found.plant("twice")})
    refused = {**made, "username": "agent", "acts_for": "newcomer"}
    caller.rest("agent", "accounts.user.create", {**refused, "password": found.plant("agent")})
    key = {"user": "newcomer", "name": "script"}
    answer = caller.rest("key made", "accounts.key.create", key, key="two")
    found.show("key made", **{"made key": answer.json()["output"]["secret"]})
    caller.rest("key replayed", "accounts.key.create", key, key="two")
    token = caller.keep("token made", caller.client.post("/api/v1/auth/token"))
    found.show("token made", token=token.json()["access_token"])
    bearer = {"Authorization": f"Bearer {found.secrets['token']}"}
    url = f"{caller.server.url}/api/v1/auth"
    caller.keep("token used", httpx.get(f"{url}/me", headers=bearer))
    caller.keep("token traded", httpx.post(f"{url}/token", headers=bearer))


def devices(caller: Caller, found: Aftermath, device: str) -> None:
    """Device credentials, right and wrong, and through a schedule."""
    data = {"device": device, "secrets": {"username": "u", "pin": found.plant("pin")}}
    caller.rest("credential set", "fleet.credential.set", data)
    wrong = {"device": device, "secrets": {"nonsense": found.plant("nonsense")}}
    caller.rest("credential refused", "fleet.credential.set", wrong)
    absent = {"device": "nowhere", "secrets": {"pin": found.plant("nowhere")}}
    caller.rest("credential nowhere", "fleet.credential.set", absent)
    schedule = {
        "name": "nightly",
        "operation": "fleet.credential.set",
        "input": {"device": device, "secrets": {"pin": found.plant("scheduled")}},
        "cron": "0 3 * * *",
    }
    caller.rest("schedule refused", "jobs.schedule.create", schedule)
    caller.mcp("schedule by tool", "jobs.schedule.create", schedule)


def ranges(caller: Caller, found: Aftermath) -> None:
    """The log-in of a range's devices: taken, refused, listed."""
    made = {"site": "/plant/", "network": "10.1.0.0/29"}
    secrets = {"username": "root", "password": found.plant("rangepassword")}
    caller.rest("range saved", "fleet.range.save", {**made, "secrets": secrets})
    wrong = {**made, "secrets": {"nonsense": found.plant("rangenonsense")}}
    caller.rest("range refused", "fleet.range.save", wrong)
    over = {**made, "network": "10.1.0.0/28", "secrets": {"password": found.plant("rangeover")}}
    caller.rest("range over another", "fleet.range.save", over)
    caller.rest("range list", "fleet.range.list", {})


def routes(caller: Caller, found: Aftermath) -> None:
    """Where alerts are told, and what signs them: taken, refused, listed."""
    made = {
        "name": "on duty",
        "channel": "webhook",
        "url": f"https://hooks.example.com/{found.plant('routeurl')}",
        "secret": found.plant("routesecret"),
    }
    caller.rest("route made", "fleet.route.create", made)
    caller.rest("route twice", "fleet.route.create", made)
    plain = {**made, "name": "plain", "url": f"http://hooks.example.com/{found.plant('plainurl')}"}
    caller.rest("route refused", "fleet.route.create", plain)
    caller.rest("route list", "fleet.route.list", {})


def headers(caller: Caller, found: Aftermath) -> None:
    """Credentials that are wrong, in every place where one can be shown."""
    url = caller.server.url
    wrong = {
        "X-API-Key": f"cp_abcdefgh_{found.plant('wrongkey')}",
        "Authorization": f"Bearer cpt_{found.plant('wrongtoken')}",
    }
    for header, text in wrong.items():
        for path in ("/api/v1/auth/me", "/events", "/health?detail=1"):
            caller.keep(f"{header} {path}", httpx.get(f"{url}{path}", headers={header: text}))
        caller.keep(f"{header} mcp", caller.server.mcp(None, "tools/list", {}))
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        caller.keep(f"{header} to mcp", httpx.post(f"{url}/mcp", json=body, headers={header: text}))
    scheme = {"Authorization": f"Basic {found.plant('basic')}"}
    caller.keep("basic", httpx.get(f"{url}/api/v1/auth/me", headers=scheme))
    ticket = found.plant("ticket")
    caller.keep("ticket", httpx.get(f"{url}/events?ticket={ticket}"))


def log_ins(caller: Caller, found: Aftermath, username: str) -> None:
    """The console's log-in, and the back office's, with a right and a wrong password."""
    for page in ("/login/", "/admin/login/"):
        passwords = {"right": found.secrets["password"], "wrong": found.plant(page[1:6])}
        for name, password in passwords.items():
            with httpx.Client(base_url=caller.server.url, timeout=20) as browser:
                browser.get(page)
                token = browser.cookies.get("csrftoken", "")
                form = {"username": username, "password": password, "csrfmiddlewaretoken": token}
                answer = browser.post(page, data=form, headers={"Referer": caller.server.url})
                caller.keep(f"{page} {name}", answer)


def assistants(caller: Caller, found: Aftermath, username: str) -> None:
    """Codes and tokens of an assistant: given, used, refreshed, reused, wrong."""
    url, verifier = caller.server.url, found.plant("verifier")
    made = caller.rest("client made", "accounts.client.register", CLIENT).json()["output"]
    with httpx.Client(base_url=url, timeout=20) as browser:
        login = {"username": username, "password": found.secrets["password"]}
        filled_in(browser, "/login/", login)
        question = asking(made["client_id"], verifier, f"{url}/mcp")
        agreed = {"decision": "allow", "scope": ["fleet:read"]}
        given = caller.keep("code given", filled_in(browser, question, agreed))
    code = dict(parse_qsl(urlsplit(given.headers["location"]).query))["code"]
    found.show("code given", code=code)
    common = {"client_id": made["client_id"], "redirect_uri": CLIENT["redirect_uris"][0]}
    trade = {**common, "grant_type": "authorization_code", "code": code}
    wrong = {**trade, "code_verifier": found.plant("wrongverifier")}
    caller.keep("code stolen", httpx.post(f"{url}/oauth/token", data=wrong))
    right = {**trade, "code_verifier": verifier}
    first = pair(caller, found, "first", httpx.post(f"{url}/oauth/token", data=right))
    refresh = {**common, "grant_type": "refresh_token"}
    spend = {**refresh, "refresh_token": first["refresh_token"]}
    second = pair(caller, found, "second", httpx.post(f"{url}/oauth/token", data=spend))
    unknown = {**refresh, "refresh_token": f"cpr_{found.plant('wrongrefresh')}"}
    caller.keep("refresh unknown", httpx.post(f"{url}/oauth/token", data=unknown))
    shown = (("used", second["access_token"]), ("wrong", f"cpo_{found.plant('wrongaccess')}"))
    for name, token in shown:
        head = {"Authorization": f"Bearer {token}", "Accept": "application/json, text/event-stream"}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        caller.keep(f"token {name} on mcp", httpx.post(f"{url}/mcp", json=body, headers=head))
        caller.keep(f"token {name} on rest", httpx.get(f"{url}/api/v1/auth/me", headers=head))
    caller.keep("refresh reused", httpx.post(f"{url}/oauth/token", data=spend))
    back = {"client_id": made["client_id"], "token": second["refresh_token"]}
    caller.keep("token given back", httpx.post(f"{url}/oauth/revoke", data=back))
    # Last, as it ends all that grew from the code.
    caller.keep("code reused", httpx.post(f"{url}/oauth/token", data=right))


def pair(caller: Caller, found: Aftermath, name: str, answer: httpx.Response) -> dict[str, str]:
    """The tokens of an answer that was the first to tell them."""
    tokens: dict[str, str] = caller.keep(f"{name} tokens", answer).json()
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    found.show(f"{name} tokens", **{f"{name} access": access, f"{name} refresh": refresh})
    return tokens


def asking(client_id: str, verifier: str, resource: str) -> str:
    """Where a program sends its person."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        "resource": resource,
    }
    return f"/oauth/authorize?{urlencode(asked)}"


def wrong_inputs(caller: Caller, found: Aftermath) -> None:
    """A secret of the wrong type, in the wrong place, or in a body that cannot be read."""
    for operation, path in sorted(INPUTS):
        for form, value in (("list", ["{}"]), ("object", {"a": {"b": "{}"}})):
            secret = found.plant(f"{operation}-{form}")
            data = {path: orjson.loads(orjson.dumps(value).replace(b"{}", secret.encode()))}
            caller.rest(f"{operation} {form}", operation, data)
        unknown = {"secret_of_mine": found.plant(f"{operation}-unknown")}
        caller.rest(f"{operation} unknown field", operation, unknown)
    body = '{"input": {"password": "' + found.plant("unreadable")
    head = {"Content-Type": "application/json"}
    path = "/api/v1/operations/accounts.user.create"
    caller.keep("unreadable", caller.client.post(path, content=body, headers=head))
    caller.rest("beside", "accounts.user.create", {}, password=found.plant("beside"))


def exports(caller: Caller) -> None:
    """What reads everything there is, the sealed evidence too."""
    assert seal_all()
    for operation in ("fleet.device.export", "audit.trail.export", "audit.entry.list"):
        caller.rest(operation, operation, {})
    for path in ("/metrics", "/api/v1/events/", "/api/v1/audit/", "/api/v1/jobs/"):
        caller.keep(path, caller.client.get(path))


def look(found: Aftermath, log: Path) -> None:
    """Everything that was written anywhere."""
    found.places = {
        "log": log.read_text(errors="replace"),
        "database": database(),
        "valkey": store(),
        "metrics": found.answers["/metrics"].text,
    }


def test_every_secret_of_an_operation_is_planted() -> None:
    there = {
        (operation.name, path)
        for operation in installed()
        for path in secret_fields(operation.input)
    }
    assert there == INPUTS


def test_secrets_do_not_come_through_faces_that_would_keep_them() -> None:
    """A tool's arguments lie in transcripts, a schedule's input in its row."""
    for name in {operation for operation, _ in INPUTS}:
        assert not {Face.MCP, Face.SCHEDULE} & installed().get(name).faces


@pytest.mark.parametrize("place", ["log", "database", "valkey", "metrics"])
def test_no_secret_is_written_down(aftermath: Aftermath, place: str) -> None:
    assert found_in(aftermath.places[place], aftermath.secrets) == set()


def test_no_answer_holds_a_secret_but_the_first(aftermath: Aftermath) -> None:
    leaks = {}
    for name, answer in aftermath.answers.items():
        text = f"{dict(answer.headers)} {answer.text}"
        for secret in aftermath.shown.get(name, ()):
            assert text.count(secret) == 1
            text = text.replace(secret, "")
        if leaked := found_in(text, aftermath.secrets):
            leaks[name] = leaked
    assert leaks == {}


def test_the_planted_calls_ended_as_they_should(aftermath: Aftermath) -> None:
    expected = {
        "user made": 200,
        "user replayed": 200,
        "user key reused": 409,
        "user twice": 409,
        "agent": 422,
        "key made": 200,
        "key replayed": 200,
        "token made": 200,
        "token used": 200,
        "token traded": 403,
        "credential set": 200,
        "credential refused": 422,
        "credential nowhere": 404,
        "range saved": 200,
        "range refused": 422,
        "range over another": 409,
        "range list": 200,
        "route made": 200,
        "route twice": 409,
        "route refused": 422,
        "route list": 200,
        "unreadable": 400,
        "beside": 422,
        "basic": 401,
        "ticket": 401,
        "code given": 302,
        "code stolen": 400,
        "first tokens": 200,
        "code reused": 400,
        "second tokens": 200,
        "refresh unknown": 400,
        "refresh reused": 400,
        "token used on mcp": 200,
        "token used on rest": 401,
        "token wrong on mcp": 401,
        "token given back": 200,
        "/login/ right": 302,
        "/login/ wrong": 401,
        "fleet.device.export": 200,
        "audit.trail.export": 200,
    }
    found = {name: aftermath.answers[name].status_code for name in expected}
    assert found == expected


def test_the_log_has_the_calls_in_it(aftermath: Aftermath) -> None:
    """Else it would hold no secret for want of lines."""
    lines = [line for line in aftermath.places["log"].splitlines() if line.startswith("{")]
    assert lines
    assert all("event" in json.loads(line) for line in lines)


def test_what_is_kept_is_sealed_or_hashed(aftermath: Aftermath, db: None) -> None:
    secrets = aftermath.secrets
    sealed = bytes(Credential.objects.get().sealed)
    assert orjson.loads(keyring().unseal(sealed)) == {"username": "u", "pin": secrets["pin"]}
    login = {"username": "root", "password": secrets["rangepassword"]}
    assert range_login(DiscoveryRange.system.get()) == login
    assert User.objects.get(username__startswith="newcomer@").check_password(secrets["newcomer"])
    assert ApiKey.system.get(name="script").digest == digest_of(secrets["made key"])
    assert BearerToken.objects.get().digest == digest_of(secrets["token"])


@pytest.mark.parametrize("before", [b"", b"1", b"12", b"123"])
def test_a_secret_is_found_in_each_of_its_forms(before: bytes) -> None:
    """The search itself: it would be worth nothing if it missed one."""
    secrets = {"a": canary("a"), "other": canary("a")}
    raw = before + secrets["a"].encode() + b"tail"
    for text in (raw.decode(), raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode()):
        assert found_in(f"x {text} y", secrets) == {"a"}


class CanaryInner(Schema):
    """A secret below."""

    pin: SecretStr | None = None


class CanaryOuter(Schema):
    """Secrets at every depth."""

    plain: str
    one: SecretStr
    many: dict[str, list[SecretStr]]
    below: list[CanaryInner] = []


def test_fields_of_secret_types_are_found_however_deep_they_lie() -> None:
    assert list(secret_fields(CanaryOuter)) == ["one", "many", "below.pin"]
