"""A person decides in front of the page; the program gets a code, or hears why not."""

import pytest
from oauth2_provider.models import AccessToken, Grant

from apps.accounts.models import Assistant, Client, User, UserKind
from apps.accounts.tokens import checksum
from apps.audit.models import AuditLog
from apps.kernel import clock
from tests.support import factories
from tests.support.oauth import ORIGIN, REDIRECT, RESOURCE, Party, program, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def party() -> Party:
    person = factories.user(role="engineer", username=f"olga-{factories.number()}")
    return Party(person, program(person.tenant), "fleet:read fleet:write fleet:dangerous")


def test_the_page_names_the_program_its_listener_and_what_it_may_do(party: Party) -> None:
    page = party.browser.get(party.question())
    text = page.content.decode()
    assert page.status_code == 200
    assert "Let Helper act for you?" in text
    assert "An administrator of your tenant registered it." in text
    assert "a program on this computer" in text
    assert "Set a control of a Core" in text
    assert 'value="fleet:dangerous">' in text
    assert 'value="fleet:read" checked>' in text


def test_the_page_may_send_its_form_to_the_program_alone(party: Party) -> None:
    policy = party.browser.get(party.question())["Content-Security-Policy"]
    forms = [part for part in policy.split("; ") if part.startswith("form-action")]
    assert forms == ["form-action 'self' http://127.0.0.1:3333"]
    assert "unsafe" not in policy


def test_agreeing_gives_a_code_and_says_who_gave_it(party: Party) -> None:
    answer = party.decide(scopes=["fleet:read"])
    said = told(answer)
    assert answer["Location"].startswith(f"{REDIRECT}?")
    assert (said["state"], said["iss"]) == ("a state", ORIGIN)
    assert said["code"]
    assistant = Assistant.system.get()
    assert assistant.scopes == ["fleet:read"]
    assert assistant.agent.kind == UserKind.AGENT
    assert assistant.agent.is_assistant
    assert assistant.agent.acts_for == party.person
    assert assistant.agent.username == f"helper-for-{party.person.username}"
    row = AuditLog.system.get(operation="accounts.assistant.connect", entry="outcome")
    assert (row.actor_id, row.verdict) == (party.person.id, "ok")
    assert row.after["scopes"] == ["fleet:read"]


def test_the_code_is_kept_as_a_checksum(party: Party) -> None:
    code = party.code()
    assert Grant.objects.get().code == checksum(code)


def test_refusing_sends_the_refusal_back_and_connects_nothing(party: Party) -> None:
    said = told(party.decide("refuse"))
    assert (said["error"], said["state"], said["iss"]) == ("access_denied", "a state", ORIGIN)
    assert not Assistant.system.exists()


def test_ticking_nothing_asks_again(party: Party) -> None:
    answer = party.decide(scopes=[])
    assert answer.status_code == 422
    assert "Tick at least one thing" in answer.content.decode()
    assert not Assistant.system.exists()


def test_the_person_may_give_less_than_was_asked_for(party: Party) -> None:
    answer = party.trade(party.code(scopes=["fleet:read"]))
    assert answer.json()["scope"] == "fleet:read"


def test_a_scope_that_was_not_asked_for_is_not_given(party: Party) -> None:
    party.scope = "fleet:read"
    answer = party.trade(party.code(scopes=["fleet:read", "fleet:dangerous"]))
    assert answer.json()["scope"] == "fleet:read"
    assert Assistant.system.get().scopes == ["fleet:read"]


def test_a_right_the_person_lacks_is_not_offered() -> None:
    viewer = factories.user(role="viewer")
    party = Party(viewer, program(viewer.tenant), "fleet:read fleet:write")
    text = party.browser.get(party.question()).content.decode()
    assert 'value="fleet:write"' not in text
    assert "It also asked for fleet:write" in text
    assert party.trade(party.code()).json()["scope"] == "fleet:read"


def test_strangers_log_in_first(party: Party) -> None:
    answer = party.program.get(party.question())
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=%2Foauth%2Fauthorize%3F")


def test_connecting_twice_is_the_same_assistant(party: Party) -> None:
    party.code(scopes=["fleet:read"])
    party.code(scopes=["fleet:write"])
    assert Assistant.system.get().scopes == ["fleet:read", "fleet:write"]
    assert User.objects.filter(is_assistant=True).count() == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": [RESOURCE, "https://elsewhere.example/"]}, "invalid_target"),
        ({"resource": f"{ORIGIN}/mcpx"}, "invalid_target"),
        ({"scope": "fleet:everything"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_question_is_told_to_the_program(
    party: Party, changes: dict[str, str], error: str, method: str
) -> None:
    data = {"decision": "allow", "scope": ["fleet:read"]} if method == "post" else None
    said = told(getattr(party.browser, method)(party.question(**changes), data))
    assert (said["error"], said["iss"], said["state"]) == (error, ORIGIN, "a state")
    assert "code" not in said
    assert not Assistant.system.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:3333/other"},
        {"redirect_uri": "http://evil@127.0.0.1:3333/callback"},
        {"redirect_uri": "not an address"},
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": "x\x00"},
    ],
)
def test_nobody_is_sent_where_no_program_of_ours_listens(
    party: Party, changes: dict[str, str]
) -> None:
    for answer in (party.browser.get(party.question(**changes)), party.decide(**changes)):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert not Assistant.system.exists()


def test_a_loopback_listener_may_be_on_another_port(party: Party) -> None:
    elsewhere = "http://127.0.0.1:49152/callback"
    answer = party.decide(redirect_uri=elsewhere)
    assert answer["Location"].startswith(f"{elsewhere}?")
    traded = party.trade(told(answer)["code"], redirect_uri=elsewhere)
    assert traded.status_code == 200


def test_a_program_of_another_tenant_is_not_known(party: Party) -> None:
    stranger = Party(factories.user(), party.application)
    answer = stranger.browser.get(stranger.question())
    assert answer.status_code == 404
    assert stranger.decide().status_code == 404
    assert not Client.system.filter(tenant=stranger.person.tenant).exists()


def test_the_forged_form_of_another_page_does_nothing(party: Party) -> None:
    party.browser.handler.enforce_csrf_checks = True
    assert party.decide().status_code == 403
    assert not Assistant.system.exists()


def test_an_editors_own_scheme_is_answered() -> None:
    person = factories.user()
    editor = "cursor://anysphere.cursor-mcp/oauth/callback"
    party = Party(person, program(person.tenant, "Cursor", editor))
    assert party.decide(redirect_uri=editor)["Location"].startswith(f"{editor}?code=")


def test_an_address_that_asks_too_often_waits(party: Party) -> None:
    answers = [party.browser.get(party.question()) for _ in range(61)]
    assert [answer.status_code for answer in answers[:60]] == [200] * 60
    assert answers[60].status_code == 429
    assert answers[60]["Retry-After"] == "60"


def test_a_token_that_raced_the_disconnection_does_not_wake_up(party: Party) -> None:
    party.connect()
    assistant = Assistant.system.get()
    Assistant.system.update(revoked_at=clock.now())
    party.code()
    assert not AccessToken.objects.filter(user=assistant.agent).exists()
    assistant.refresh_from_db()
    assert assistant.revoked_at is None
