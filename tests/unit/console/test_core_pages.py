"""The pages of one Core: its link, its history, its chart, its snapshots and its watches."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Tenant
from apps.console.families import linked, plots
from apps.events.models import Outbox
from apps.fleet.models import Device, DeviceState
from apps.kernel import clock
from apps.kernel.ids import new_id
from apps.qsys.models import Control, ControlValue, Core, CoreEnd, Watch
from apps.qsys.telemetry import Batch, Change, Origin, Place, Samples
from apps.qsys.telemetry.store import store
from tests.support import factories
from tests.unit.console import trials
from tests.unit.console.test_families import control
from tests.unit.console.test_operations import hidden
from tests.unit.qsys.telemetry.made import change, now_us

PRINT = "ab12" * 16
STRANGER = "cd34" * 16
SECOND = 1_000_000


@pytest.fixture
def core(tenant: Tenant) -> Device:
    device = factories.device(tenant, name="Lobby", site_path="/plant/hall-a/")
    Core.system.create(device=device, design_code="one")
    DeviceState.objects.create(device=device, liveness="ok", seen_at=clock.now())
    return device


def place(core: Device) -> Place:
    return Place(core.tenant_id, core.id, core.site_path)


def moved(core: Device, one: Control, ago: float, value: float, **fields: Any) -> Change:
    """A change some seconds ago."""
    given = {"number": value, "string": f"{value}dB", "at_us": now_us() - int(ago * SECOND)}
    return change(one.id, place=place(core), **{**given, **fields})


def page(client: Client, core: Device, which: str, **query: Any) -> str:
    answer = client.get(f"/devices/{core.id}/{which}/", query)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_both_ends_of_a_pair_are_shown_with_their_certificates(
    tenant: Tenant, core: Device, login: Callable[..., Client]
) -> None:
    switched = clock.now() - timedelta(minutes=3)
    Core.system.filter(device=core).update(pair="degraded", active="partner")
    ends: dict[str, dict[str, Any]] = {
        "main": {"state": "", "reason": "No route to host", "pinned": PRINT},
        "partner": {"state": "Active", "address": "10.0.0.2", "seen": STRANGER},
    }
    for side, fields in ends.items():
        CoreEnd.objects.create(device=core, side=side, state_at=switched, **fields)
    link = linked.linked(factories.actor_of("operator", tenant), core)["link"]
    main, partner = link.ends
    assert (main.serves, partner.serves, link.switched_at) == (False, True, switched)
    assert main.pinned.startswith("ab12 ab12 ")
    assert [name for name, _ in link.acts] == ["qsys.core.reconnect"]
    text = login("engineer").get(f"/devices/{core.id}/").text
    for words in ("No spare", "No answer", "No route to host", "10.0.0.2", "Last switch"):
        assert words in text
    assert "cd34 cd34" in text
    assert f"qsys.core.trust/?device={core.id}&amp;side=partner" in text
    assert "qsys.core.trust/?device" not in login("viewer").get(f"/devices/{core.id}/").text


def test_a_timeline_tells_what_belongs_together_as_one(operator: Client, core: Device) -> None:
    gain, mute = control(core, "Lobby Gain", "gain", -6.0), control(core, "Zone 1", "mute", 1.0)
    ada = Origin("operation", "ada", new_id())
    moves = [
        moved(core, gain, 100 - n, -20.0 + n, origin=Origin("operation", "ada", new_id()))
        for n in range(3)
    ]
    both = [moved(core, one, 50, -6.0, origin=ada) for one in (gain, mute)]
    store(Batch(changes=[*moves, *both, moved(core, mute, 10, 0.0)]), [])
    text = page(operator, core, "timeline")
    assert text.count('<details class="entry"') == 3
    assert "in 3 steps" in text
    assert "<strong>2 controls</strong>" in text
    assert "at the Core" in text
    assert f"/audit/?call={ada.call_id}" in text
    only = page(operator, core, "timeline", component="zone", cause="operation")
    assert only.count('<details class="entry"') == 1
    assert "No change fits" in page(operator, core, "timeline", actor="bob")


def test_a_timeline_goes_on_where_its_page_ends(operator: Client, core: Device) -> None:
    gain = control(core, "Lobby Gain", "gain", -6.0)
    store(Batch(changes=[moved(core, gain, n * 20, -float(n)) for n in range(103)]), [])
    text = page(operator, core, "timeline")
    assert text.count('<details class="entry"') == 100
    (after,) = re.findall(r'href="\?after=([^"]+)"', text)
    assert page(operator, core, "timeline", after=after).count('<details class="entry"') == 3
    assert operator.get(f"/devices/{core.id}/timeline/", {"after": "x"}).status_code == 422


def test_a_past_instant_is_compared_with_now_or_shown_whole(operator: Client, core: Device) -> None:
    gain, mute = control(core, "Lobby Gain", "gain", -6.0), control(core, "Zone 1", "mute", 1.0)
    ControlValue.objects.filter(control=mute).update(at=clock.now() - timedelta(hours=2))
    store(Batch(changes=[moved(core, gain, 60, -6.0, origin=Origin("operation", "ada"))]), [])
    then = (clock.now() - timedelta(minutes=30)).isoformat()
    text = page(operator, core, "then", at=then)
    assert "Lobby Gain / gain" in text
    assert "-20.0dB" in text
    assert "ada" in text
    assert "Zone 1" not in text
    assert "Zone 1 / mute" in page(operator, core, "then", at=then, show="state")
    assert "Nothing differs" in page(operator, core, "then", at=then, component="zone")
    for wrong in ("2999-01-01T00:00", "yesterday"):
        answer = operator.get(f"/devices/{core.id}/then/", {"at": wrong})
        assert answer.status_code == 422
        assert "at:" in answer.text


def meter(core: Device, seconds: int = 60) -> Control:
    """A meter that swings between 0 and 9 each second, for a minute until now."""
    made = control(core, "M", "meter.1", 9.0)
    Control.system.filter(id=made.id).update(telemetry=True, direction="Read Only")
    frames = []
    start = now_us() // SECOND - seconds
    for second in range(seconds):
        samples = Samples(core.id, start + second)
        for tenth in range(10):
            samples.add(made.id, tenth * 100, float(tenth))
        frames.append(samples)
    store(Batch(samples=frames), [])
    return made


def test_a_chart_has_a_band_and_a_gap_where_nobody_could_look(tenant: Tenant, core: Device) -> None:
    one, end = meter(core), clock.now()
    found = end - timedelta(minutes=20)
    Outbox.objects.create(
        type="fleet.device.found",
        tenant_id=tenant.id,
        device_id=core.id,
        permission="fleet.view",
        at=found,
        payload={"silent_seconds": 120.0},
    )
    gain = control(core, "Lobby Gain", "gain", -6.0)
    store(Batch(changes=[moved(core, gain, 1500, -6.0), moved(core, gain, 600, -9.0)]), [])
    actor = factories.actor_of("viewer", tenant)
    start = end - timedelta(minutes=30)
    drawn = plots.plot(actor, core, [one, gain], start, end)
    level, fader = drawn.lines
    known = [n for n, value in enumerate(level.values) if value is not None]
    assert (level.low[known[-2]], level.high[known[-2]]) == (0.0, 9.0)
    assert (fader.stepped, fader.low, fader.unit) == (True, [], "dB")
    by_time = dict(zip(drawn.times, fader.values, strict=True))
    silent = {
        at: value for at, value in by_time.items() if found - timedelta(minutes=2) <= at < found
    }
    assert silent
    assert set(silent.values()) == {None}
    after = [value for at, value in by_time.items() if at >= found]
    assert (after[0], after[-1]) == (-6.0, -9.0)
    assert fader.values[0] is None, "before its first change nothing is known of it"
    assert len(drawn.rows()) <= plots.ROWS + 1


def test_the_chart_page_draws_what_was_asked_for(operator: Client, core: Device) -> None:
    one = meter(core)
    text = page(operator, core, "chart", control=one.id, last="5m", q="lobby")
    assert "each sample" in text
    assert 'aria-current="true">5 min' in text
    assert "0.0 to 9.0, last" in text
    assert "No number of the running design fits" in text
    span = {"from": "2026-01-01T00:00", "to": "2026-03-01T00:00"}
    answer = operator.get(f"/devices/{core.id}/chart/", span)
    assert answer.status_code == 422
    assert "31 days" in answer.text
    foreign = control(factories.device(), "M", "meter.1", 1.0)
    assert "No control with a number" in page(operator, core, "chart", control=foreign.id)


@pytest.mark.parametrize(
    ("role", "load", "save"), [("viewer", 0, 0), ("operator", 2, 0), ("engineer", 2, 2)]
)
def test_snapshots_have_a_button_for_what_one_may(
    login: Callable[..., Client], core: Device, role: str, load: int, save: int
) -> None:
    for number in (1, 2):
        made = control(core, "Presets", f"load.{number}", 0.0)
        Control.system.filter(id=made.id).update(type="State Trigger")
        control(core, "Presets", f"last.{number}", float(number == 2))
    text = page(login(role), core, "snapshots")
    assert text.count('aria-label="Load Presets') == load
    assert text.count('aria-label="Save into Presets') == save
    assert text.count("Recalled last") == 1


def test_a_dry_run_is_run_from_its_plan_once(operator: Client, device: Device) -> None:
    data = {"in.device": str(device.id), "in.value": "5", "act": "dry"}
    shown = operator.post("/operations/fleet.trial.set/", data).text
    assert "Run it" in shown
    assert trials.DONE == []
    for _ in range(2):
        answer = operator.post(
            "/operations/fleet.trial.set/confirm/", {"wish": hidden(shown, "wish")}
        )
        assert answer.status_code == 200
    assert [name for name, _ in trials.DONE] == ["fleet.trial.set"]
    gated = operator.post("/operations/fleet.trial.restart/", {**data, "act": "dry"}).text
    assert "Run it" not in gated


def watched(core: Device) -> None:
    control(core, "Lobby Gain", "gain", -6.0)
    one = meter(core, seconds=10)
    Watch.system.create(device=core, name="meters", controls=["meter.*"], rate_hz=10)
    Watch.system.create(device=core, name="rest", controls=["*"], rate_hz=2)
    assert Control.system.filter(id=one.id, telemetry=True).exists()


def test_a_watch_says_what_it_costs(engineer: Client, core: Device) -> None:
    watched(core)
    text = " ".join(page(engineer, core, "watches").split())
    (head,) = re.findall(r"(\d change groups?[^<]*)<", text)
    assert head == "2 change groups needed, of 4 on a connection; we may hold 8 on this Core"
    assert "10 Hz" in text
    assert "of 2; a faster watch has the rest" in text
    # (10 samples x 8 bytes + one row of 110) x 86,400 s
    assert "at most 15.7 MB" in text
    # 100 samples and 10 rows in ten minutes, 144 times a day
    assert "267.2 KB" in text
    assert "name=meters" in text


def test_the_cost_of_a_watch_is_known_before_it_is_saved(engineer: Client, core: Device) -> None:
    watched(core)
    draft = {"in.name": "new", "in.component": "*", "in.rate_hz": "33", "in.enabled": "on"}
    text = page(engineer, core, "watch/cost", **draft)
    assert "<strong>66</strong> values a second" in text
    assert page(engineer, core, "watch/cost", **{**draft, "in.name": ""}) == text
    assert "No control of the running design fits" in page(
        engineer, core, "watch/cost", **{**draft, "in.component": "lobby*"}
    )
    assert "is too large" in page(engineer, core, "watch/cost", **{**draft, "in.rate_hz": "34"})
    assert not Watch.system.filter(name="new").exists()
    text = page(engineer, core, "watch", name="meters")
    assert 'name="in.rate_hz" type="number" value="10.0"' in text
    assert hidden(text, "in.device") == str(core.id)


def test_watches_are_only_looked_at_without_the_right(operator: Client, core: Device) -> None:
    watched(core)
    text = page(operator, core, "watches")
    assert "qsys.watch.delete" not in text
    assert "New watch" not in text
    assert operator.get(f"/devices/{core.id}/watch/").status_code == 404


@pytest.mark.parametrize("name", ["timeline", "then", "chart", "snapshots", "watches"])
def test_strangers_find_none_of_it(login: Callable[..., Client], core: Device, name: str) -> None:
    stranger = login("engineer", of=factories.tenant())
    assert stranger.get(f"/devices/{core.id}/{name}/").status_code == 404
