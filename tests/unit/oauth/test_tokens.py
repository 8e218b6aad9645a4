"""Codes become tokens, tokens become fresh ones, and what is stolen ends the whole family."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from oauth2_provider.models import AccessToken, Grant, RefreshToken

from apps.accounts.assistants import expired_drop
from apps.accounts.authenticate import Credential, authenticate, forget_all
from apps.accounts.models import Assistant
from apps.accounts.services import user_suspend
from apps.accounts.tokens import checksum
from apps.audit.models import AuditLog
from apps.kernel import clock
from apps.kernel.errors import Code, Failure
from tests.support import factories
from tests.support.oauth import RESOURCE, Party, program


@pytest.fixture
def party(db: None) -> Party:
    person = factories.user(role="engineer")
    return Party(person, program(person.tenant))


def opens(text: str) -> bool:
    """Whether the MCP endpoint takes the token now."""
    forget_all()
    try:
        authenticate(Credential(text, "127.0.0.1", RESOURCE))
    except Failure as failure:
        if failure.code is Code.UNAUTHENTICATED:
            return False
        raise
    return True


def error_of(answer: Any) -> str:
    assert answer.status_code in (400, 401), answer.content
    return str(answer.json()["error"])


def test_a_code_is_traded_for_tokens(party: Party) -> None:
    answer = party.trade(party.code())
    body = answer.json()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert re.fullmatch(r"cpo_[\w-]{43}", body["access_token"])
    assert re.fullmatch(r"cpr_[\w-]{43}", body["refresh_token"])
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 900, "fleet:read")
    assert opens(body["access_token"])


def test_tokens_are_kept_as_checksums(party: Party) -> None:
    party.connect()
    access, refresh = AccessToken.objects.get(), RefreshToken.objects.get()
    assert (access.token, refresh.token) == ("", "")
    assert access.token_checksum == checksum(party.access)
    assert refresh.token_checksum == checksum(party.tokens["refresh_token"])
    assert access.resource == [RESOURCE]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:4444/callback"}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"code": "another"}, "invalid_grant"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_trade_gives_nothing(party: Party, changes: dict[str, str], error: str) -> None:
    code = changes.pop("code", None) or party.code()
    assert error_of(party.trade(code, **changes)) == error
    assert not AccessToken.objects.exists()


def test_a_code_is_good_once(party: Party) -> None:
    code = party.code()
    assert party.trade(code).status_code == 200
    assert error_of(party.trade(code)) == "invalid_grant"


def test_a_code_of_one_program_is_no_use_to_another(party: Party) -> None:
    thief = Party(party.person, program(party.person.tenant, "Thief"))
    assert error_of(thief.trade(party.code())) == "invalid_grant"


def test_a_code_is_good_for_a_minute(party: Party) -> None:
    code = party.code()
    Grant.objects.update(expires=clock.now() - timedelta(seconds=1))
    assert error_of(party.trade(code)) == "invalid_grant"


def test_a_token_ends_with_its_time(party: Party) -> None:
    party.connect()
    now = clock.ManualClock(clock.now())
    with clock.using(now):
        now.advance(890)
        assert opens(party.access)
        now.advance(20)
        assert not opens(party.access)


@pytest.mark.parametrize("skew", [-60, 60])
def test_a_clock_that_is_a_minute_off_opens_all_the_same(party: Party, skew: int) -> None:
    """Tokens carry no time of issue that a slower clock could find in the future."""
    party.connect()
    now = clock.ManualClock(clock.now())
    now.advance(skew)
    with clock.using(now):
        assert opens(party.access)


def test_a_refresh_rotates_both(party: Party) -> None:
    first = party.connect().tokens
    answer = party.refresh(first["refresh_token"])
    second = answer.json()
    assert answer.status_code == 200
    assert first["access_token"] != second["access_token"]
    assert first["refresh_token"] != second["refresh_token"]
    assert not opens(first["access_token"])
    assert opens(second["access_token"])
    assert AccessToken.objects.get().resource == [RESOURCE]


def test_a_spent_refresh_token_ends_its_family(party: Party) -> None:
    first = party.connect().tokens
    second = party.refresh(first["refresh_token"]).json()
    assert error_of(party.refresh(first["refresh_token"])) == "invalid_grant"
    assert not opens(second["access_token"])
    assert error_of(party.refresh(second["refresh_token"])) == "invalid_grant"
    row = AuditLog.system.get(operation="oauth.token.refresh")
    assert (row.entry, row.verdict) == ("denied", "token_reused")
    assert row.actor_id == Assistant.system.get().agent_id
    assert row.acts_for == party.person.id
    assert row.address == "127.0.0.1"


def test_a_code_shown_again_ends_all_that_grew_from_it(party: Party) -> None:
    code = party.code()
    first = party.trade(code).json()
    other = dict(party.connect().tokens)
    later = party.refresh(first["refresh_token"]).json()
    assert opens(later["access_token"])
    assert error_of(party.trade(code)) == "invalid_grant"
    assert not opens(first["access_token"])
    assert not opens(later["access_token"])
    assert error_of(party.refresh(later["refresh_token"])) == "invalid_grant"
    assert opens(other["access_token"])
    row = AuditLog.system.get(operation="oauth.code.trade")
    assert (row.entry, row.verdict) == ("denied", "code_reused")
    assert row.actor_id == Assistant.system.get().agent_id
    assert error_of(party.trade(code)) == "invalid_grant"
    assert AuditLog.system.filter(operation="oauth.code.trade").count() == 1


def test_a_code_that_never_was_ends_nothing(party: Party) -> None:
    held = dict(party.connect().tokens)
    for code in ("nonsense", party.code() + "x"):
        assert error_of(party.trade(code)) == "invalid_grant"
    assert opens(held["access_token"])
    assert not AuditLog.system.filter(operation="oauth.code.trade").exists()


def test_of_many_trades_of_one_code_at_once_no_tokens_live_on(transactional_db: None) -> None:
    person = factories.user()
    party = Party(person, program(person.tenant))
    code = party.code()

    def trade(_: int) -> Any:
        try:
            return Party(person, party.application).trade(code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(trade, range(4)))
    served = [one.json()["access_token"] for one in answers if one.status_code == 200]
    assert len(served) <= 1
    assert not any(map(opens, served))
    assert not AccessToken.objects.exists()


def test_another_family_of_the_same_assistant_lives_on(party: Party) -> None:
    first, second = dict(party.connect().tokens), dict(party.connect().tokens)
    party.refresh(first["refresh_token"])
    party.refresh(first["refresh_token"])
    assert opens(second["access_token"])


def test_of_many_refreshes_at_once_one_is_served_at_most(transactional_db: None) -> None:
    person = factories.user()
    party = Party(person, program(person.tenant)).connect()
    spent = party.tokens["refresh_token"]

    def refresh(_: int) -> Any:
        try:
            return Party(person, party.application).refresh(spent)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(refresh, range(4)))
    served = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(served) <= 1
    assert all(body["access_token"].startswith("cpo_") for body in served)
    assert all(not opens(body["access_token"]) for body in served)
    assert AuditLog.system.filter(operation="oauth.token.refresh").exists()
    connection.ensure_connection()


def test_a_refresh_token_of_one_program_is_no_use_to_another(party: Party) -> None:
    tokens = party.connect().tokens
    thief = Party(party.person, program(party.person.tenant, "Thief"))
    assert error_of(thief.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_a_refresh_may_narrow_but_not_widen(party: Party) -> None:
    party.scope = "fleet:read fleet:write"
    tokens = party.connect().tokens
    wider = party.refresh(tokens["refresh_token"], scope="fleet:read admin")
    assert error_of(wider) == "invalid_scope"
    narrow = party.refresh(tokens["refresh_token"], scope="fleet:read").json()
    assert narrow["scope"] == "fleet:read"


def test_a_refresh_token_idles_a_week_at_most(party: Party) -> None:
    tokens = party.connect().tokens
    past = clock.now() - timedelta(days=7, seconds=1)
    AccessToken.objects.update(expires=past)
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"


def test_a_suspended_person_gets_nothing_new(party: Party) -> None:
    tokens, code = party.connect().tokens, party.code()
    user_suspend(party.person)
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert error_of(party.trade(code)) == "invalid_grant"
    assert not opens(tokens["access_token"])


def test_a_suspended_agent_is_cut_off_alone(party: Party) -> None:
    other = Party(party.person, program(party.person.tenant, "Other")).connect()
    party.connect()
    user_suspend(Assistant.system.get(client__application=party.application).agent)
    assert not opens(party.access)
    assert opens(other.access)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_program_gives_its_tokens_back(party: Party, kind: str) -> None:
    tokens = party.connect().tokens
    form = {"token": tokens[kind], "client_id": party.application.client_id}
    assert party.program.post("/oauth/revoke", form).status_code == 200
    assert not opens(tokens["access_token"])
    assert error_of(party.refresh(tokens["refresh_token"])) == "invalid_grant"
    assert AuditLog.system.get(operation="oauth.token.revoke").verdict == "ok"
    # A token that was given back is not a stolen one.
    assert not AuditLog.system.filter(operation="oauth.token.refresh").exists()


def test_another_program_cannot_give_them_back(party: Party) -> None:
    tokens = party.connect().tokens
    thief = program(party.person.tenant, "Thief")
    form = {"token": tokens["access_token"], "client_id": thief.client_id}
    assert party.program.post("/oauth/revoke", form).status_code == 200
    assert opens(tokens["access_token"])
    assert not AuditLog.system.filter(operation="oauth.token.revoke").exists()


def test_what_is_over_is_dropped_and_what_lives_stays(party: Party) -> None:
    over = dict(party.connect().tokens)
    AccessToken.objects.update(expires=clock.now() - timedelta(days=8))
    living = dict(party.connect().tokens)
    party.code()
    expired_drop()
    assert [row.token_checksum for row in AccessToken.objects.all()] == [
        checksum(living["access_token"])
    ]
    assert not RefreshToken.objects.filter(token_checksum=checksum(over["refresh_token"])).exists()
    assert party.refresh(living["refresh_token"]).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_programs_that_ask_too_often_wait(party: Party, path: str) -> None:
    answers = [party.program.post(path, {"grant_type": "x"}) for _ in range(61)]
    assert 429 not in {answer.status_code for answer in answers[:60]}
    assert answers[60].status_code == 429
    assert answers[60].json()["error"] == "temporarily_unavailable"
    assert answers[60]["Retry-After"] == "60"


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_only_posts_are_answered(party: Party, path: str) -> None:
    answer = party.program.get(path)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke"])
def test_without_the_limiter_no_token_is_issued(party: Party, settings: Any, path: str) -> None:
    code = party.code()
    backend = "django.core.cache.backends.redis.RedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}
    answer = party.program.post(path, {"grant_type": "authorization_code", "code": code})
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    assert not AccessToken.objects.exists()
    assert party.browser.get(party.question()).status_code == 503
