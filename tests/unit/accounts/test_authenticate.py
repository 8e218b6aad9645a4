"""One credential, every door: what is accepted, and what is refused in which words."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts import authenticate as module
from apps.accounts.authenticate import (
    Credential,
    authenticate,
    credential_from,
    forget_all,
    remembered,
)
from apps.accounts.models import ApiKey, BearerToken, User
from apps.accounts.secrets import digest_of, prefix_of
from apps.accounts.services import key_revoke, token_issue
from apps.kernel import clock
from apps.kernel.actor import ActorKind
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from tests.support import factories

HOME = "192.0.2.10"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget_all()


def refusal(text: str, address: str = HOME) -> str:
    with pytest.raises(Failure) as caught:
        authenticate(Credential(text, address))
    assert caught.value.code is Code.UNAUTHENTICATED
    assert "X-API-Key" in caught.value.detail, "it says what is accepted"
    return caught.value.detail


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"x-api-key": " cp_a_b "}, "cp_a_b"),
        ({"authorization": "ApiKey cp_a_b"}, "cp_a_b"),
        ({"authorization": "bearer cpt_x"}, "cpt_x"),
        ({"x-api-key": "one", "authorization": "Bearer two"}, "one"),
    ],
)
def test_credential_is_found_in_its_header(headers: dict[str, str], text: str) -> None:
    assert credential_from(headers, HOME) == Credential(text, HOME)


def test_no_header_is_no_credential() -> None:
    assert credential_from({}, HOME) is None
    assert credential_from({"x-api-key": "  ", "authorization": ""}, HOME) is None


@pytest.mark.parametrize("value", ["Basic dXNlcg==", "Bearer", "Bearer  ", "ApiKey"])
def test_unknown_scheme_is_refused(value: str) -> None:
    with pytest.raises(Failure) as caught:
        credential_from({"authorization": value}, HOME)
    assert caught.value.code is Code.UNAUTHENTICATED


def test_key_stands_for_its_user(db: None) -> None:
    user = factories.user()
    issued = factories.issued_key(user, scopes=("fleet:read",))
    actor = authenticate(Credential(issued.text, HOME))
    assert (actor.kind, actor.id, actor.tenant_id) == (ActorKind.KEY, user.id, user.tenant_id)
    assert (actor.credential_id, actor.scopes) == (issued.key.id, frozenset({"fleet:read"}))
    assert not actor.superuser


def test_agent_stands_for_itself_and_its_person(db: None) -> None:
    agent = factories.agent()
    actor = authenticate(Credential(factories.api_key(agent), HOME))
    assert (actor.kind, actor.acts_for) == (ActorKind.AGENT, agent.acts_for_id)
    assert len(actor.layers) == 2


def test_unknown_credentials_are_refused_alike(db: None) -> None:
    issued = factories.issued_key()
    wrong_secret = f"cp_{issued.key.prefix}_{'x' * 32}"
    assert refusal(wrong_secret) == refusal("cp_nobody12_secret")
    assert "token" in refusal("cpt_unknown")
    assert "token" in refusal("nonsense")
    assert issued.text not in str(list(ApiKey.system.values()))


def test_expired_key_is_refused(db: None) -> None:
    text = factories.api_key(expires_at=clock.now() + timedelta(minutes=1))
    with clock.using(ManualClock(clock.now())) as time:
        assert authenticate(Credential(text, HOME))
        time.advance(61)
        assert "expired" in refusal(text)


def test_revoked_key_is_refused_with_its_tokens(
    db: None, django_capture_on_commit_callbacks: Any
) -> None:
    issued = factories.issued_key()
    token, _ = token_issue(key_id=issued.key.id, seconds=60)
    assert authenticate(Credential(token, HOME))
    with django_capture_on_commit_callbacks(execute=True):
        key_revoke(issued.key)
    assert "revoked" in refusal(issued.text)
    assert "not known" in refusal(token)
    assert BearerToken.objects.count() == 0


def test_suspended_user_and_suspended_person_are_refused(db: None) -> None:
    agent = factories.agent()
    text = factories.api_key(agent)
    User.objects.filter(agents=agent).update(is_active=False)
    assert "suspended" in refusal(text)
    User.objects.filter(agents=agent).update(is_active=True)
    User.objects.filter(id=agent.id).update(is_active=False)
    assert "suspended" in refusal(text)


@pytest.mark.parametrize(
    ("networks", "address", "allowed"),
    [
        ((), HOME, True),
        (("192.0.2.0/24",), HOME, True),
        (("198.51.100.0/24", "192.0.2.10/32"), HOME, True),
        (("198.51.100.0/24",), HOME, False),
        (("192.0.2.0/24",), "2001:db8::1", False),
        (("192.0.2.0/24",), "unknown", False),
    ],
)
def test_key_is_bound_to_its_networks(
    db: None, networks: tuple[str, ...], address: str, allowed: bool
) -> None:
    text = factories.api_key(networks=networks)
    if allowed:
        assert authenticate(Credential(text, address))
    else:
        assert "address" in refusal(text, address)


def test_verdict_for_one_address_is_none_for_another(db: None) -> None:
    text = factories.api_key(networks=("192.0.2.0/24",))
    authenticate(Credential(text, HOME))
    refusal(text, "198.51.100.1")


def test_token_does_what_its_key_does_for_a_while(db: None) -> None:
    issued = factories.issued_key(scopes=("fleet:read",))
    with clock.using(ManualClock(clock.now())) as time:
        token, expires = token_issue(key_id=issued.key.id, seconds=60)
        actor = authenticate(Credential(token, HOME))
        assert (actor.credential_id, actor.scopes) == (issued.key.id, frozenset({"fleet:read"}))
        assert expires == clock.now() + timedelta(seconds=60)
        time.advance(60)
        assert "expired" in refusal(token)
    assert token not in str(list(BearerToken.objects.values()))


def test_token_lives_no_longer_than_its_key(db: None) -> None:
    ends = clock.now() + timedelta(seconds=10)
    issued = factories.issued_key(expires_at=ends)
    assert token_issue(key_id=issued.key.id, seconds=3600)[1] == ends


def test_verdict_is_remembered_for_a_moment(db: None, django_assert_num_queries: Any) -> None:
    credential = Credential(factories.api_key(), HOME)
    with clock.using(ManualClock(clock.now())) as time:
        assert remembered(credential) is None
        actor = authenticate(credential)
        with django_assert_num_queries(0):
            assert remembered(credential) == authenticate(credential) == actor
        User.objects.filter(id=actor.id).update(is_active=False)
        time.advance(module.REMEMBERED_SECONDS)
        assert remembered(credential) is None
        assert "suspended" in refusal(credential.text)


def test_memory_is_bounded(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_MOST", 2)
    credentials = [Credential(factories.api_key(), HOME) for _ in range(3)]
    for credential in credentials:
        authenticate(credential)
    assert [remembered(one) is None for one in credentials] == [True, False, False]


def test_last_use_is_noted_once_a_minute(db: None, django_assert_num_queries: Any) -> None:
    issued = factories.issued_key()
    credential = Credential(issued.text, HOME)
    with clock.using(ManualClock(clock.now())) as time:
        authenticate(credential)
        first = ApiKey.system.get().last_used_at
        assert first == clock.now()
        for seconds, moved in ((30, False), (31, True)):
            time.advance(seconds)
            authenticate(credential)
            assert (ApiKey.system.get().last_used_at != first) is moved


def test_hash_is_keyed_and_prefix_is_found() -> None:
    assert digest_of("a") != digest_of("b")
    assert prefix_of("cp_ab12_secret_with_more") == "ab12"
    for text in ("cpt_x", "cp_x", "cp__x", "", "xx_ab_c"):
        assert prefix_of(text) is None
