"""Any operation from its declaration: form, plan, confirmation, second person, result."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.console.calls import word_to_type
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.kernel.ids import new_id
from apps.operations.core import Danger
from apps.operations.models import Approval
from apps.operations.outcome import Plan, PlanTarget
from tests.support import factories
from tests.unit.console import trials


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no hidden field {name}"
    return found[1]


def send(client: Client, name: str, device: Device, **fields: object):
    data = {"in.device": str(device.id), **{f"in.{key}": value for key, value in fields.items()}}
    return client.post(f"/operations/{name}/", {**data, "reason": "sound check"})


def proceed(client: Client, name: str, page: str, **more: str):
    fields = {one: hidden(page, one) for one in ("wish", "confirmation")}
    return client.post(f"/operations/{name}/confirm/", {**fields, **more})


def test_a_change_runs_at_once_and_shows_before_and_after(operator: Client, device: Device) -> None:
    answer = send(operator, "fleet.trial.set", device, value="-12.5", notes="a\n\nb", loud="on")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "-20.0dB" in page
    assert "-12.5dB" in page
    ((name, data),) = trials.DONE
    assert (name, data.value, data.notes, data.loud) == ("fleet.trial.set", -12.5, ["a", "b"], True)
    row = AuditLog.system.get(entry="intent")
    assert (row.face, row.reason, row.object_label) == ("console", "sound check", "Lobby Core")


def test_the_form_is_filled_from_the_address(operator: Client, device: Device) -> None:
    page = operator.get(f"/operations/fleet.trial.set/?device={device.id}").content.decode()
    assert f'<option value="{device.id}" selected>' in page
    assert 'max="60"' in page
    assert 'type="password"' in page
    assert "Dry run" in page


def test_a_device_is_chosen_only_from_those_one_may_act_on(
    login: Callable[..., Client], tenant: Tenant, device: Device
) -> None:
    factories.device(tenant, name="Stage Core", site_path="/plant/hall-b/")
    factories.device(factories.tenant(), name="Foreign Core")
    browser = login("operator", site_path="/plant/hall-a/")
    page = browser.get("/operations/fleet.trial.set/").content.decode()
    assert "Lobby Core" in page
    assert "Stage Core" not in page
    assert "Foreign Core" not in page


def test_what_is_wrong_stands_beside_its_field_and_the_rest_stays(
    operator: Client, device: Device
) -> None:
    answer = send(operator, "fleet.trial.set", device, value="5", ramp="61", secret="hush")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is too large. Allowed: a number from 0 to 60." in page
    assert 'value="61"' in page
    assert 'value="sound check"' in page
    assert "hush" not in page
    assert trials.DONE == []


def test_text_that_is_no_json_is_said(operator: Client, device: Device) -> None:
    answer = send(operator, "fleet.trial.set", device, value="5", points="{")
    assert answer.status_code == 422
    assert "is not JSON" in answer.content.decode()


def test_a_failure_says_its_sentence_and_the_request(operator: Client, device: Device) -> None:
    answer = send(operator, "fleet.trial.set", device, value="refuse")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The design of this Core is being reloaded." in page
    assert answer["X-Request-ID"] in page


def test_a_secret_is_nowhere_to_be_read_afterwards(operator: Client, device: Device) -> None:
    page = send(operator, "fleet.trial.set", device, value="5", secret="hush").content.decode()
    assert trials.DONE[0][1].secret.get_secret_value() == "hush"
    assert "hush" not in page
    assert "hush" not in str(list(AuditLog.system.values()))


def test_the_same_can_be_copied_as_curl_and_as_tool_call(operator: Client, device: Device) -> None:
    page = send(operator, "fleet.trial.set", device, value="it's").content.decode()
    assert "curl -X POST http://testserver/api/v1/operations/fleet.trial.set" in page
    assert "it&#x27;\\&#x27;&#x27;s" in page
    assert "&quot;name&quot;: &quot;fleet.trial.set&quot;" in page


def test_the_form_itself_tells_how_to_call_from_elsewhere_and_calls_nothing(
    operator: Client, device: Device
) -> None:
    data = {"in.device": str(device.id), "in.value": "5", "in.secret": "hush", "reason": "it's so"}
    answer = operator.post("/operations/fleet.trial.set/", {**data, "act": "copy"})
    page = unescape(answer.content.decode())
    assert answer.status_code == 200
    assert "curl -X POST http://testserver/api/v1/operations/fleet.trial.set" in page
    assert "it'\\''s so" in page
    assert '"name": "fleet.trial.set"' in page
    assert 'name="in.value" type="text" value="5"' in page
    assert "hush" not in page
    assert trials.DONE == []
    assert AuditLog.system.count() == 0


def test_what_cannot_be_sent_cannot_be_copied(operator: Client, device: Device) -> None:
    data = {"in.device": str(device.id), "in.value": "5", "in.ramp": "61", "act": "copy"}
    answer = operator.post("/operations/fleet.trial.set/", data)
    assert answer.status_code == 422
    assert "is too large." in answer.content.decode()
    assert b"curl" not in answer.content.replace(b"As curl", b"")


def test_what_only_the_console_offers_says_so(operator: Client) -> None:
    page = operator.post("/operations/fleet.trial.inside/", {"act": "copy"}).content.decode()
    assert "no other face offers it" in page
    assert trials.DONE == []


def test_a_dry_run_shows_the_plan_and_does_nothing(operator: Client, device: Device) -> None:
    data = {"in.device": str(device.id), "in.value": "5", "act": "dry"}
    page = operator.post("/operations/fleet.trial.set/", data).content.decode()
    assert "Audio stops for about a minute." in page
    assert 'name="confirmation"' not in page
    assert trials.DONE == []
    assert AuditLog.system.filter(entry="intent").count() == 0


def test_a_disruptive_call_runs_after_its_plan_was_confirmed(
    operator: Client, device: Device
) -> None:
    page = send(operator, "fleet.trial.restart", device).content.decode()
    assert "Run it on 1 target" in page
    assert trials.DONE == []
    answer = proceed(operator, "fleet.trial.restart", page)
    assert answer.status_code == 200
    assert [name for name, _ in trials.DONE] == ["fleet.trial.restart"]
    assert AuditLog.system.get(entry="intent").reason == "sound check"


def test_a_confirmation_works_once(operator: Client, device: Device) -> None:
    page = send(operator, "fleet.trial.restart", device).content.decode()
    proceed(operator, "fleet.trial.restart", page)
    proceed(operator, "fleet.trial.restart", page)
    assert len(trials.DONE) == 1


@pytest.mark.parametrize("wish", ["", "made up", "gAAAAABh"])
def test_a_wish_that_is_not_ours_is_refused(operator: Client, wish: str) -> None:
    data = {"wish": wish, "confirmation": "x"}
    answer = operator.post("/operations/fleet.trial.restart/confirm/", data)
    assert answer.status_code == 409
    assert trials.DONE == []


def test_a_wish_for_another_action_is_refused(operator: Client, device: Device) -> None:
    page = send(operator, "fleet.trial.restart", device).content.decode()
    answer = proceed(operator, "fleet.trial.set", page)
    assert answer.status_code == 409
    assert trials.DONE == []


def test_somebody_else_cannot_use_a_confirmation(
    login: Callable[..., Client], device: Device
) -> None:
    page = send(login("operator"), "fleet.trial.restart", device).content.decode()
    answer = proceed(login("operator"), "fleet.trial.restart", page)
    assert answer.status_code == 409
    assert trials.DONE == []


def test_a_destructive_call_wants_the_name_typed_and_a_second_person(
    engineer: Client, login: Callable[..., Client], device: Device
) -> None:
    name = "fleet.trial.wipe"
    page = send(engineer, name, device).content.decode()
    assert "Type <code>Lobby Core</code> to confirm" in page
    wrong = proceed(engineer, name, page, typed="Lobby")
    assert wrong.status_code == 422
    assert "nothing was done" in wrong.content.decode()
    assert Approval.system.count() == 0
    waits = proceed(engineer, name, page, typed="Lobby Core").content.decode()
    assert "A second person has to grant this." in waits
    approval = Approval.system.get()
    assert (
        login("approver").post(f"/approvals/{approval.id}/", {"decision": "grant"}).status_code
        == 302
    )
    done = proceed(engineer, name, waits, typed="Lobby Core")
    assert done.status_code == 200
    assert [one for one, _ in trials.DONE] == [name]


@pytest.mark.parametrize(
    ("danger", "count", "word"),
    [
        (Danger.CHANGE, 1, ""),
        (Danger.CHANGE, 12, ""),
        (Danger.DISRUPTIVE, 1, ""),
        (Danger.DISRUPTIVE, 2, "2"),
        (Danger.DESTRUCTIVE, 0, "0"),
        (Danger.DESTRUCTIVE, 1, "Core 0"),
        (Danger.DESTRUCTIVE, 12, "12"),
    ],
)
def test_what_has_to_be_typed_grows_with_the_harm(danger: Danger, count: int, word: str) -> None:
    targets = [PlanTarget(kind="device", id=new_id(), label=f"Core {n}") for n in range(count)]
    operation = trials.trial("fleet.trial.some", danger)
    assert word_to_type(operation.danger, Plan(targets=tuple(targets))) == word


def test_the_word_cannot_be_changed_from_outside(engineer: Client, device: Device) -> None:
    page = send(engineer, "fleet.trial.wipe", device).content.decode()
    answer = proceed(engineer, "fleet.trial.wipe", page, word="", typed="")
    assert answer.status_code == 422
    assert Approval.system.count() == 0


def test_a_job_is_followed_on_its_own_page(operator: Client, device: Device) -> None:
    answer = send(operator, "fleet.trial.upgrade", device)
    job = Job.system.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.id}/")


def test_a_double_press_is_done_once(operator: Client, device: Device) -> None:
    page = operator.get("/operations/fleet.trial.set/").content.decode()
    data = {"in.device": str(device.id), "in.value": "5", "key": hidden(page, "key")}
    operator.post("/operations/fleet.trial.set/", data)
    again = operator.post("/operations/fleet.trial.set/", data)
    assert "sent twice, done once" in again.content.decode()
    assert len(trials.DONE) == 1


@pytest.mark.parametrize("name", ["fleet.trial.hidden", "no.such.thing", "fleet.trial.wipe"])
def test_what_may_not_be_called_here_is_not_found(
    operator: Client, device: Device, name: str
) -> None:
    assert operator.get(f"/operations/{name}/").status_code == 404
    assert send(operator, name, device).status_code == 404
    assert trials.DONE == []


def test_a_viewer_finds_no_action_that_changes(login: Callable[..., Client]) -> None:
    page = login("viewer").get("/operations/").content.decode()
    assert "system.ping" in page
    assert "fleet.trial" not in page


def test_a_device_of_another_tenant_is_not_found(
    login: Callable[..., Client], device: Device
) -> None:
    foreign = login("admin", of=factories.tenant())
    answer = send(foreign, "fleet.trial.set", device, value="5")
    assert answer.status_code == 404
    assert trials.DONE == []
    assert AuditLog.system.filter(entry="denied").count() == 1


def test_a_read_answers_on_its_page(login: Callable[..., Client]) -> None:
    page = login("viewer").post("/operations/system.ping/").content.decode()
    assert "<dt>pong</dt><dd>yes</dd>" in page


def test_an_approval_of_nobody_is_not_found(operator: Client) -> None:
    assert operator.get(f"/approvals/{new_id()}/").status_code == 404
