"""What acts in the back office is an operation, with its rights, its plan and its evidence."""

import re

import pytest
from django.test import Client

from apps.accounts.models import ApiKey, Assistant, Grant, User
from apps.accounts.models import Client as Program
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.jobs.models import Job, Schedule
from apps.operations.catalogue import installed
from apps.operations.core import Face
from apps.operations.models import Approval
from apps.ops.backoffice.rooms import ROOMS
from tests.support import factories
from tests.unit.ops.backoffice.conftest import client_of

VERBS = [(model, verb) for model, rows in ROOMS for verb in rows.verbs]


def act(browser: Client, place: str, action: str, *rows, **more):
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
    return browser.post(f"/admin/{place}/", data)


def said(answer, browser: Client) -> list[str]:
    """The messages of the page that an action leads back to."""
    page = browser.get(answer["Location"]) if answer.status_code == 302 else answer
    return [str(message) for message in page.context["messages"]]


def hidden(answer) -> dict[str, str]:
    """The fields of the form that confirms."""
    page = answer.content.decode()
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.mark.parametrize("verb", [verb for _, verb in VERBS], ids=lambda verb: verb.operation)
def test_every_verb_is_an_operation_that_the_back_office_may_call(verb) -> None:
    assert Face.ADMIN in installed().get(verb.operation).faces


@pytest.mark.parametrize(
    ("place", "action", "name", "before", "after"),
    [
        ("jobs/schedule", "pause", "schedule", True, False),
        ("accounts/user", "suspend", "user", True, False),
    ],
)
def test_a_change_is_made_at_once_and_leaves_evidence(
    browser: Client, site, place: str, action: str, name: str, before: bool, after: bool
) -> None:
    row = getattr(site, name)
    column = "enabled" if name == "schedule" else "is_active"
    assert getattr(row, column) is before
    answer = act(browser, place, action, row)
    assert said(answer, browser) == [f"{operation_of(place, action)}: done."]
    row.refresh_from_db(from_queryset=type(row)._base_manager.all())
    assert getattr(row, column) is after
    rows = AuditLog.system.filter(operation=operation_of(place, action)).order_by("id")
    assert [(row.entry, row.face, row.actor_id) for row in rows] == [
        ("intent", "admin", site.boss.id),
        ("outcome", "admin", site.boss.id),
    ]


def operation_of(place: str, action: str) -> str:
    app, model = place.split("/")
    return next(
        verb.operation
        for owner, verb in VERBS
        if (owner._meta.app_label, owner._meta.model_name, verb.name) == (app, model, action)
    )


def test_schedules_are_resumed_and_deleted(browser: Client, site) -> None:
    paused = act(browser, "jobs/schedule", "pause", site.schedule)
    assert said(paused, browser) == ["jobs.schedule.pause: done."]
    resumed = act(browser, "jobs/schedule", "resume", site.schedule)
    assert said(resumed, browser) == ["jobs.schedule.resume: done."]
    site.schedule.refresh_from_db(from_queryset=Schedule.system.all())
    assert site.schedule.enabled
    deleted = act(browser, "jobs/schedule", "delete", site.schedule)
    assert said(deleted, browser) == ["jobs.schedule.delete: done."]
    assert not Schedule.system.filter(id=site.schedule.id).exists()


def test_assistants_are_disconnected_and_programs_shut_out(browser: Client, site) -> None:
    act(browser, "accounts/assistant", "disconnect", site.assistant)
    assert Assistant.system.get(id=site.assistant.id).revoked_at is not None
    act(browser, "accounts/client", "revoke", site.client)
    assert Program.system.get(id=site.client.id).revoked_at is not None
    act(browser, "accounts/client", "restore", site.client)
    assert Program.system.get(id=site.client.id).revoked_at is None


def test_keys_grants_and_users_are_taken_back(browser: Client, site) -> None:
    act(browser, "accounts/apikey", "revoke", site.key)
    assert ApiKey.system.get(id=site.key.id).revoked_at is not None
    act(browser, "accounts/grant", "revoke", site.grant)
    assert not Grant.system.filter(id=site.grant.id).exists()
    act(browser, "accounts/user", "suspend", site.user)
    act(browser, "accounts/user", "reinstate", site.user)
    assert User.objects.get(id=site.user.id).is_active


def test_a_job_that_has_not_started_is_cancelled(browser: Client, site) -> None:
    act(browser, "jobs/job", "cancel", site.job)
    assert Job.system.get(id=site.job.id).state == "cancelled"


def test_a_breaker_is_closed(browser: Client, site) -> None:
    answer = act(browser, "fleet/device", "reset_breaker", site.core, site.miner)
    assert said(answer, browser) == ["fleet.breaker.reset: done."] * 2


def test_a_dangerous_verb_shows_its_plan_and_waits(browser: Client, site) -> None:
    page = act(browser, "fleet/device", "decommission", site.core, site.miner)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert site.core.name in page.content.decode()
    assert "credentials are deleted" in page.content.decode()
    assert Device.system.filter(status="active").count() == 2
    answer = browser.post("/admin/confirm/", {**hidden(page), "reason": "old <b>iron</b>"})
    assert answer["Location"] == "/admin/fleet/device/"
    assert "waits for a second person" in said(answer, browser)[0]
    assert Device.system.filter(status="active").count() == 2
    assert Approval.system.get().reason == "old <b>iron</b>"


def test_a_granted_request_is_carried_out_by_choosing_again(browser: Client, site) -> None:
    page = act(browser, "fleet/device", "decommission", site.core)
    browser.post("/admin/confirm/", hidden(page))
    second = factories.user(site.tenant, "admin")
    Approval.system.update(state="granted", approver_id=second.id)
    page = act(browser, "fleet/device", "decommission", site.core)
    answer = browser.post("/admin/confirm/", hidden(page))
    assert said(answer, browser) == ["fleet.device.decommission: done."]
    assert Device.system.get(id=site.core.id).status == "decommissioned"
    assert Device.system.get(id=site.miner.id).status == "active"


def test_a_confirmation_is_good_for_one_person_and_one_time(browser: Client, site) -> None:
    form = hidden(act(browser, "fleet/device", "decommission", site.core))
    colleague = factories.user(site.tenant, "admin")
    User.objects.filter(id=colleague.id).update(is_superuser=True)
    answer = client_of(colleague).post("/admin/confirm/", form)
    assert answer.status_code == 302
    assert not Approval.system.exists()
    answer = browser.post("/admin/confirm/", {**form, "wishes": "x" + form["wishes"]})
    assert "too old to confirm" in said(answer, browser)[0]
    assert not Approval.system.exists()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", ""])
def test_a_confirmation_does_not_lead_to_a_foreign_address(browser: Client, site, back) -> None:
    form = hidden(act(browser, "fleet/device", "decommission", site.core))
    assert browser.post("/admin/confirm/", {**form, "back": back})["Location"] == "/admin/"


def test_rows_of_another_tenant_cannot_be_chosen(browser: Client, site, other) -> None:
    act(browser, "fleet/device", "decommission", other.core)
    act(browser, "jobs/schedule", "pause", other.schedule)
    act(browser, "accounts/apikey", "revoke", other.key)
    act(browser, "accounts/user", "suspend", other.user, select_across="1")
    assert not Approval.system.exists()
    assert Schedule.system.get(id=other.schedule.id).enabled
    assert ApiKey.system.get(id=other.key.id).revoked_at is None
    assert User.objects.get(id=other.user.id).is_active


def test_a_superuser_without_grants_sees_and_does_nothing(browser: Client, site) -> None:
    Grant.system.filter(user=site.boss).delete()
    page = browser.get("/admin/jobs/schedule/").content.decode()
    assert site.schedule.name in page
    assert 'value="pause"' not in page
    act(browser, "jobs/schedule", "pause", site.schedule)
    assert Schedule.system.get(id=site.schedule.id).enabled


def test_a_failure_is_told_and_stops_no_other_call(browser: Client, site) -> None:
    mine = Grant.system.get(user=site.boss)
    answer = act(browser, "accounts/grant", "revoke", mine, site.grant)
    messages = said(answer, browser)
    assert any("cannot give up administering yourself" in one for one in messages)
    assert "accounts.grant.revoke: done." in messages
    assert Grant.system.filter(id=mine.id).exists()


def test_a_foreign_page_cannot_act(site) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(site.boss)
    answer = act(client, "jobs/schedule", "pause", site.schedule)
    assert answer.status_code == 403
    assert Schedule.system.get(id=site.schedule.id).enabled
    assert client.post("/admin/confirm/", {"wishes": "x"}).status_code == 403
