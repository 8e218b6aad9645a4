"""The second person's inbox, and schedules made in a form."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.fleet.models import Device
from apps.jobs.models import Schedule
from apps.operations.models import Approval
from tests.support import factories
from tests.unit.console.test_operations import proceed, send


@pytest.fixture
def approval(engineer: Client, device: Device) -> Approval:
    page = send(engineer, "fleet.trial.wipe", device).content.decode()
    proceed(engineer, "fleet.trial.wipe", page, typed="Lobby Core")
    return Approval.system.get()


def test_the_inbox_shows_who_wants_what_and_the_plan(
    login: Callable[..., Client], approval: Approval
) -> None:
    approver = login("approver")
    inbox = approver.get("/approvals/").content.decode()
    assert approval.requester_label in inbox
    assert "sound check" in inbox
    page = approver.get(f"/approvals/{approval.id}/").content.decode()
    assert "Audio stops for about a minute." in page
    assert "Lobby Core" in page
    assert 'value="grant"' in page


@pytest.mark.parametrize(("decision", "state"), [("grant", "granted"), ("refuse", "refused")])
def test_a_decision_is_kept_with_its_comment(
    login: Callable[..., Client], approval: Approval, decision: str, state: str
) -> None:
    data = {"decision": decision, "comment": "seen on site"}
    assert login("approver").post(f"/approvals/{approval.id}/", data).status_code == 302
    approval.refresh_from_db()
    assert (approval.state, approval.comment) == (state, "seen on site")


def test_the_requester_is_not_offered_the_decision_and_cannot_take_it(
    engineer: Client, approval: Approval
) -> None:
    page = engineer.get(f"/approvals/{approval.id}/").content.decode()
    assert "a second person has to decide it" in page
    assert 'value="grant"' not in page
    answer = engineer.post(f"/approvals/{approval.id}/", {"decision": "grant"})
    assert answer.status_code == 403
    approval.refresh_from_db()
    assert approval.state == "pending"


def test_a_decision_comes_too_late_only_once(
    login: Callable[..., Client], approval: Approval
) -> None:
    approver = login("approver")
    approver.post(f"/approvals/{approval.id}/", {"decision": "refuse"})
    answer = approver.post(f"/approvals/{approval.id}/", {"decision": "grant"})
    assert answer.status_code == 409
    assert "not waiting any more" in answer.content.decode()


def test_requests_of_another_tenant_are_not_there(
    login: Callable[..., Client], approval: Approval
) -> None:
    foreign = login("admin", of=factories.tenant())
    assert approval.requester_label not in foreign.get("/approvals/").content.decode()
    assert foreign.get(f"/approvals/{approval.id}/").status_code == 404
    assert foreign.post(f"/approvals/{approval.id}/", {"decision": "grant"}).status_code == 404


def entered(device: Device, **changes: str) -> dict[str, str]:
    fields = {
        "name": "Evening",
        "cron": "0 22 * * *",
        "time_zone": "Europe/Vienna",
        "in.device": str(device.id),
        "in.value": "-30",
    }
    return {**fields, **changes}


def test_a_schedule_is_made_from_the_form(engineer: Client, device: Device) -> None:
    address = "/schedules/new/?operation=fleet.trial.set"
    assert "The new value." in engineer.get(address).content.decode()
    assert engineer.post(address, entered(device)).status_code == 200
    made = Schedule.system.get()
    assert (made.name, made.operation, made.cron) == ("Evening", "fleet.trial.set", "0 22 * * *")
    assert made.input["device"] == str(device.id)
    assert "Evening" in engineer.get("/schedules/").content.decode()


def test_a_wrong_time_is_refused_and_the_form_stays(engineer: Client, device: Device) -> None:
    address = "/schedules/new/?operation=fleet.trial.set"
    answer = engineer.post(address, entered(device, cron="every day"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is not a cron expression" in page
    assert 'value="Evening"' in page
    assert Schedule.system.count() == 0


def test_an_operation_that_cannot_be_scheduled_is_not_found(engineer: Client) -> None:
    assert engineer.get("/schedules/new/?operation=fleet.trial.hidden").status_code == 404
    assert engineer.get("/schedules/new/?operation=nothing.at.all").status_code == 404


def test_who_may_not_configure_is_offered_no_new_schedule(operator: Client) -> None:
    assert "/schedules/new/" not in operator.get("/schedules/").content.decode()
    assert operator.get("/schedules/new/").status_code == 404


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?cron=0+6+*+*+*&time_zone=Europe/Vienna", "06:00</strong>"),
        ("?cron=nonsense", "is not a cron expression"),
        ("?cron=0+6+*+*+*&time_zone=Europe/Wien", "is not an IANA time zone"),
        ("?cron=0+6+29+2+*", "Next five runs"),
    ],
)
def test_the_next_runs_are_shown_in_the_zone(operator: Client, query: str, says: str) -> None:
    assert says in operator.get(f"/schedules/preview/{query}").content.decode()
