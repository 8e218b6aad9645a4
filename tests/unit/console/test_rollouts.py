"""A rollout from its first question to its grid: filled in, planned, started, watched, stopped."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Tenant
from apps.console.rollouts import phasing, whom
from apps.console.rollouts.draft import Draft
from apps.fleet.models import Device, DeviceKind
from apps.fleet.models.rollout import Member, MemberState, Phase, PhaseState, Rollout, RolloutState
from apps.fleet.rollouts.rules import USUAL, PhaseRules
from apps.jobs.models import Job
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.operations.catalogue import installed
from apps.operations.models import Approval
from tests.support import factories

NEW = "/rollouts/new/"
PAUSE = "miners.miner.pause"
POWER = "miners.power.set"

Login = Callable[..., Client]


@pytest.fixture
def miners(tenant: Tenant) -> list[Device]:
    """Three miners of one rack, with a Core beside them."""
    factories.device(tenant, name="Core", site_path="/plant/hall-a/rack-1/", tags=["night"])
    return [miner(tenant, number) for number in range(3)]


def miner(tenant: Tenant, number: int, **more: Any) -> Device:
    fields = {"kind": DeviceKind.MINER, "site_path": "/plant/hall-a/rack-1/", "tags": ["night"]}
    return factories.device(tenant, name=f"miner-{number:04}", **{**fields, **more})


def draft_of(answer: Any) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', answer.content.decode())
    assert found, answer.content.decode()[-3000:]
    return found[1]


def send(client: Client, draft: str, step: str, **data: str) -> Any:
    return client.post(NEW, {"draft": draft, "step": step, "go": "next", **data})


def phases_form(*rules: PhaseRules) -> dict[str, str]:
    """What the last step sends for these phases."""
    rows = phasing.numbered(phasing.texts_of(one) for one in rules)
    return {f"in.{row.number}.{name}": text for row in rows for name, text in row.texts.items()}


def at_phases(client: Client, operation: str = PAUSE, **given: str) -> str:
    """Fill in the first two steps; the draft that the third one carries."""
    first = client.get(NEW, {"operation": operation})
    second = send(client, draft_of(first), "what", **given)
    assert second.status_code == 200, second.content.decode()[-2000:]
    third = send(client, draft_of(second), "whom", tag="night")
    assert third.status_code == 200, third.content.decode()[-2000:]
    return draft_of(third)


def planned(client: Client, operation: str = PAUSE, **given: str) -> Rollout:
    draft = at_phases(client, operation, **given)
    answer = send(client, draft, "phases", name="Night", **phases_form(*USUAL))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return Rollout.system.get()


def hidden(answer: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    assert found, name
    return found[1]


def test_from_the_first_question_to_a_running_rollout(
    engineer: Client, miners: list[Device]
) -> None:
    rollout = planned(engineer)
    assert (rollout.operation, rollout.state) == (PAUSE, RolloutState.PLANNED)
    members = list(Member.system.filter(rollout=rollout).order_by("place"))
    assert [one.device_id for one in members] == [one.id for one in miners]
    assert [one.phase.name for one in members] == ["canary", "rest", "rest"]
    assert Phase.objects.get(rollout=rollout, number=0).rules == USUAL[0].model_dump(mode="json")

    plan = engineer.get(reverse("console:rollout-plan", args=(rollout.id,)))
    text = plan.content.decode()
    assert "Phase 1 (canary): 1 device, 1 at once" in text
    assert "Type <code>3</code>" in text
    assert Job.system.count() == 0
    form = {name: hidden(plan, name) for name in ("wish", "confirmation")}
    wrong = engineer.post("/operations/fleet.rollout.start/confirm/", {**form, "typed": "2"})
    assert wrong.status_code == 422
    assert Rollout.system.get().state == RolloutState.PLANNED
    begun = engineer.post("/operations/fleet.rollout.start/confirm/", {**form, "typed": "3"})
    assert begun.headers["Location"] == reverse("console:rollout", args=(rollout.id,))
    assert Rollout.system.get().state == RolloutState.RUNNING


def test_a_mere_change_is_planned_before_it_starts(engineer: Client, miners: list[Device]) -> None:
    rollout = planned(engineer, POWER, **{"in.watts": "2800"})
    plan = engineer.get(reverse("console:rollout-plan", args=(rollout.id,)))
    assert Rollout.system.get().state == RolloutState.PLANNED
    assert "typed" not in plan.content.decode()
    answer = engineer.post(
        "/operations/fleet.rollout.start/confirm/", {"wish": hidden(plan, "wish")}
    )
    assert answer.status_code == 302
    assert Rollout.system.get().state == RolloutState.RUNNING
    again = engineer.get(reverse("console:rollout-plan", args=(rollout.id,)))
    assert again.headers["Location"] == reverse("console:rollout", args=(rollout.id,))


def test_sending_the_last_step_twice_makes_one_rollout(
    engineer: Client, miners: list[Device]
) -> None:
    draft = at_phases(engineer)
    sent = {"name": "Night", **phases_form(*USUAL)}
    first, second = (send(engineer, draft, "phases", **sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Rollout.system.count() == 1


def test_a_second_person_is_asked_above_the_threshold(
    login: Login, tenant: Tenant, miners: list[Device]
) -> None:
    tenant.batch_threshold = 2
    tenant.save()
    engineer = login("engineer")
    rollout = planned(engineer)
    page = reverse("console:rollout-plan", args=(rollout.id,))
    plan = engineer.get(page)
    form = {name: hidden(plan, name) for name in ("wish", "confirmation")}
    asked = engineer.post("/operations/fleet.rollout.start/confirm/", {**form, "typed": "3"})
    assert "A second person has to grant this" in asked.content.decode()
    assert Rollout.system.get().state == RolloutState.PLANNED
    approval = Approval.system.get()
    shown = engineer.get(reverse("console:rollout", args=(rollout.id,))).content.decode()
    assert "Waits for a second person" in shown
    assert reverse("console:approval", args=(approval.id,)) in shown


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_stored(
    engineer: Client, miners: list[Device]
) -> None:
    first = engineer.get(NEW, {"operation": POWER})
    wrong = send(engineer, draft_of(first), "what", **{"in.watts": "many"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.content.decode()
    second = send(engineer, draft_of(first), "what", **{"in.watts": "2800"})
    nobody = send(engineer, draft_of(second), "whom")
    assert "give devices, or a choice by site, tag and kind" in nobody.content.decode()
    draft = at_phases(engineer)
    form = phases_form(USUAL[0].model_copy(update={"size": 9}), USUAL[1])
    empty = send(engineer, draft, "phases", name="Night", **form)
    assert empty.status_code == 422
    assert "would be empty" in empty.content.decode()
    bad = {**phases_form(*USUAL), "in.1.concurrency": "0", "name": "Night"}
    answer = send(engineer, draft, "phases", **bad).content.decode()
    field = answer.split('id="in-1.concurrency"')[1].split("</div>")[0]
    assert 'role="alert"' in field
    assert Rollout.system.count() == 0


def test_somebody_new_in_the_choice_is_said_before_he_is_taken(
    engineer: Client, tenant: Tenant, miners: list[Device]
) -> None:
    draft = at_phases(engineer)
    miner(tenant, 9)
    sent = {"name": "Night", "count": "3", **phases_form(*USUAL)}
    answer = send(engineer, draft, "phases", **sent)
    assert "takes 4 devices now" in answer.content.decode()
    assert Rollout.system.count() == 0


def test_phases_come_and_go_without_scripts(engineer: Client, miners: list[Device]) -> None:
    draft = at_phases(engineer)
    sent = {"name": "Night", **phases_form(*USUAL)}
    more = engineer.post(NEW, {"draft": draft, "step": "phases", "go": "more", **sent})
    assert more.content.decode().count('<fieldset class="card phase"') == 3
    less = engineer.post(NEW, {"draft": draft, "step": "phases", "go": "less.0", **sent})
    assert less.content.decode().count('<fieldset class="card phase"') == 1
    back = engineer.post(NEW, {"draft": draft, "step": "phases", "go": "back", **sent})
    assert 'id="whom"' in back.content.decode()
    assert 'value="night"' in back.content.decode()
    what = engineer.post(NEW, {"draft": draft_of(back), "step": "whom", "go": "back"})
    assert "rollout-step" in what.content.decode()


def test_who_is_left_out_is_said_with_the_reason(
    login: Login, tenant: Tenant, miners: list[Device]
) -> None:
    page = login("engineer").get("/rollouts/whom/", {"operation": PAUSE, "tag": "night"})
    text = page.content.decode()
    assert "<strong>3</strong>" in text
    assert "1 of the choice left out" in text
    assert "Core: this action is for another kind of device." in text
    assert "3 do not answer now" in text
    named = login("engineer").get(
        "/rollouts/whom/", {"operation": PAUSE, "names": "miner-0002\nnobody"}
    )
    assert "nobody" in named.content.decode()


def test_a_draft_of_another_plane_is_refused(engineer: Client) -> None:
    answer = engineer.post(NEW, {"draft": "forged", "step": "what"})
    assert "too old to go on with" in answer.content.decode()
    sealed = Draft(operation=PAUSE, whom={"tag": "night"}).sealed()
    assert PAUSE not in sealed
    assert Draft.opened(sealed).whom == {"tag": "night"}
    odd = engineer.post(NEW, {"draft": sealed, "step": "nothing"})
    assert odd.status_code == 422


def test_secrets_are_not_shown_again(engineer: Client, device: Device) -> None:
    draft = Draft(operation="miners.power.set", input={"watts": 2800})
    page = engineer.post(NEW, {"draft": draft.sealed(), "step": "whom", "go": "back"})
    assert 'value="2800"' in page.content.decode()


@pytest.mark.parametrize("rules", [*USUAL, phasing.TENTH, PhaseRules(name="x", abort=[])])
def test_phases_survive_the_form(rules: PhaseRules) -> None:
    raw = phasing.raw_phase(phasing.texts_of(rules))
    assert PhaseRules.model_validate(raw) == rules


@pytest.mark.parametrize(("count", "names"), [(1, 1), (2, 2), (19, 2), (20, 3), (5000, 3)])
def test_the_phases_offered_fit_the_number(count: int, names: int) -> None:
    assert len(phasing.usual_rows(count)) == names


def test_only_what_changes_one_device_is_offered(login: Login, tenant: Tenant) -> None:
    actor = factories.actor_of("engineer", tenant)
    names = [one.name for one in whom.carried(actor)]
    assert names[0] == whom.FIRST
    assert "fleet.device.tag" not in names
    assert {"miners.power.set", "qsys.control.set"} <= set(names)
    operation = installed().get("fleet.device.tag")
    assert not whom.fits(operation)
    with pytest.raises(Failure) as caught:
        whom.choose(actor, installed().get(PAUSE), {"site": "/nowhere/"})
    assert caught.value.code is Code.INVALID


def running(tenant: Tenant, count: int, *states: MemberState) -> Rollout:
    """A rollout whose devices stand in these states, in turn."""
    rollout = Rollout.system.create(
        tenant_id=tenant.id,
        name="Hall A",
        operation=PAUSE,
        sealed_input=b"",
        state=RolloutState.RUNNING,
        site_path="/plant/hall-a/rack-1/",
        created_by="ada",
    )
    phase = Phase.objects.create(
        rollout=rollout,
        number=0,
        name="all",
        rules=PhaseRules(name="all").model_dump(mode="json"),
        state=PhaseState.GATE,
    )
    Member.system.bulk_create(
        Member(
            rollout=rollout,
            phase=phase,
            device=miner(tenant, number),
            place=number,
            state=states[number % len(states)],
            job_id=new_id(),
        )
        for number in range(count)
    )
    return rollout


def test_each_device_has_a_cell_with_a_word(engineer: Client, tenant: Tenant) -> None:
    states = list(MemberState)
    rollout = running(tenant, len(states), *states)
    text = engineer.get(reverse("console:rollout", args=(rollout.id,))).content.decode()
    assert text.count('class="cell tone-') == len(states)
    for word in ("Succeeded", "Asking the device", "Timed out", "Needs a person", "Queued"):
        assert f"<small>{word}</small>" in text
    assert "2 done, 5 failed, 2 unknown, 1 running, 1 waiting, 2 left out" in text
    failed = engineer.get(reverse("console:rollout", args=(rollout.id,)), {"show": "failed"})
    assert failed.content.decode().count('class="cell tone-') == 5


def test_cells_are_fetched_by_device_and_others_cost_nothing(
    engineer: Client, tenant: Tenant, django_assert_max_num_queries: Any
) -> None:
    rollout = running(tenant, 40, MemberState.RUNNING)
    wanted = Member.system.filter(rollout=rollout).values_list("device_id", flat=True)[:2]
    url = reverse("console:rollout-cells", args=(rollout.id,))
    with django_assert_max_num_queries(14):
        page = engineer.get(url, {"device": f"{wanted[0]},{wanted[1]},nonsense,{new_id()}"})
    text = page.content.decode()
    assert text.count('class="cell tone-run"') == 2
    assert "<html" not in text
    head = engineer.get(reverse("console:rollout-head", args=(rollout.id,))).content.decode()
    assert 'class="cell' not in head
    assert "40 running" in head


def test_a_thousand_devices_stay_light(engineer: Client, tenant: Tenant) -> None:
    rollout = running(tenant, 1, MemberState.SUCCEEDED)
    first = Member.system.get(rollout=rollout)
    place = {"tenant": tenant, "site": first.device.site, "site_path": first.device.site_path}
    devices = Device.system.bulk_create(
        Device(kind="miner", driver="braiins", name=f"rack-{number}", address="", **place)
        for number in range(999)
    )
    states = list(MemberState)
    Member.system.bulk_create(
        Member(
            rollout=rollout,
            phase=first.phase,
            device=device,
            place=number + 1,
            state=states[number % len(states)],
            job_id=new_id(),
        )
        for number, device in enumerate(devices)
    )
    url = reverse("console:rollout", args=(rollout.id,))
    whole = engineer.get(url, headers={"accept-encoding": "gzip"})
    assert len(whole.content) < 45_000
    head = engineer.get(reverse("console:rollout-head", args=(rollout.id,)))
    assert len(head.content) < 8_000
    cells = reverse("console:rollout-cells", args=(rollout.id,))
    assert len(engineer.get(cells, {"device": str(devices[0].id)}).content) < 800


def test_buttons_fit_the_state(engineer: Client, tenant: Tenant, login: Login) -> None:
    rollout = running(tenant, 1, MemberState.SUCCEEDED)
    url = reverse("console:rollout", args=(rollout.id,))

    def said(state: RolloutState, cause: str = "", client: Client = engineer) -> str:
        Rollout.system.filter(id=rollout.id).update(state=state, cause=cause)
        return client.get(url).content.decode()

    at_gate = said(RolloutState.RUNNING)
    for operation in ("advance", "pause", "cancel"):
        assert f"/operations/fleet.rollout.{operation}/" in at_gate
    stopped = said(RolloutState.PAUSED, "threshold")
    assert "accept_failures=true" in stopped
    assert "Too many devices went wrong." in stopped
    assert "/operations/fleet.rollout.rollback/" in said(RolloutState.SUCCEEDED)
    nothing = said(RolloutState.RUNNING, client=login("viewer"))
    assert "/operations/fleet.rollout." not in nothing


def test_pausing_is_one_press_and_leads_back(engineer: Client, tenant: Tenant) -> None:
    rollout = running(tenant, 1, MemberState.RUNNING)
    sent = {"in.rollout": str(rollout.id), "act": "run"}
    answer = engineer.post("/operations/fleet.rollout.pause/", sent)
    assert answer.headers["Location"] == reverse("console:rollout", args=(rollout.id,))
    assert Rollout.system.get().state == RolloutState.PAUSING


def test_the_list_shows_how_each_stands(engineer: Client, tenant: Tenant) -> None:
    assert "No rollouts yet" in engineer.get("/rollouts/").content.decode()
    running(tenant, 2, MemberState.SUCCEEDED, MemberState.FAILED)
    text = engineer.get("/rollouts/", {"state": "open", "q": "hall"}).content.decode()
    assert "1 done, 1 failed" in text
    assert "No rollout fits" in engineer.get("/rollouts/", {"state": "aborted"}).content.decode()


@pytest.mark.parametrize("page", ["rollout", "rollout-plan", "rollout-head", "rollout-cells"])
def test_a_foreign_rollout_is_not_there(login: Login, tenant: Tenant, page: str) -> None:
    rollout = running(tenant, 1, MemberState.RUNNING)
    url = reverse(f"console:{page}", args=(rollout.id,))
    assert login("engineer", of=factories.tenant()).get(url).status_code == 404
    assert login("engineer", site_path="/plant/hall-b/").get(url).status_code == 404


@pytest.mark.parametrize("path", [NEW, "/rollouts/whom/?operation=miners.power.set"])
def test_who_may_only_look_fills_nothing_in(login: Login, tenant: Tenant, path: str) -> None:
    answer = login("viewer").get(path)
    assert answer.status_code in (403, 404)
    assert Rollout.system.count() == 0
