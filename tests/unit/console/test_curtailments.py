"""Curtailment in the console: a preview that changes nothing, a plan, and the page that follows."""

from collections.abc import Callable

from apps.fleet.models import DeviceState
from apps.kernel import clock
from apps.miners.models import Curtailment, CurtailmentSample
from tests.support import factories

WISH = {"site": "/plant/", "how": "reduce", "kw": "2", "minutes": "30", "reason": "The grid."}


def miner(tenant, number: int) -> None:
    device = factories.device(tenant, kind="miner", name=f"miner-{number}", site_path="/plant/")
    DeviceState.objects.create(
        device=device,
        liveness="ok",
        seen_at=clock.now(),
        summary={
            "status": "normal",
            "watts": 3_000,
            "terahash": 100.0,
            "terahash_15m": 100 - number,
        },
    )


def test_a_preview_names_the_miners_and_writes_nothing(login: Callable, tenant) -> None:
    for number in (1, 2):
        miner(tenant, number)
    idle = factories.device(tenant, kind="miner", name="idle", site_path="/plant/")
    page = login("operator").post("/curtailments/new/", {**WISH, "act": "preview"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "miner would be paused: 6.0 kW become 3.1 kW, the limit is 4.0 kW" in text
    assert "miner-2" in text
    assert idle.name in text
    assert "It was never read." in text
    assert Curtailment.system.count() == 0


def test_it_is_planned_confirmed_and_followed(login: Callable, tenant) -> None:
    miner(tenant, 1)
    operator = login("operator")
    plan = operator.post("/curtailments/new/", {**WISH, "act": "start"})
    text = plan.content.decode()
    assert "Confirm the plan" in text
    assert "1 of 1 miners are paused, 3.0 kW become 0.1 kW" in text
    hidden = {
        name: text.split(f'name="{name}" value="')[1].split('"')[0]
        for name in ("wish", "confirmation")
    }
    done = operator.post("/operations/miners.curtailment.start/confirm/", hidden)
    assert done.status_code == 200
    event = Curtailment.system.get()
    assert (event.name, event.minutes, event.reason) == ("2 kW less at /plant/", 30, "The grid.")
    CurtailmentSample.objects.create(
        curtailment=event, at=clock.now(), watts=3_000, counted_watts=3_000, paused=0, late=0
    )
    page = operator.get(f"/curtailments/{event.id}/").content.decode()
    assert "Stop and restore" in page
    assert '"label": "Limit"' in page
    assert event.name in operator.get("/curtailments/").content.decode()
    assert (
        "Stop and restore" not in login("viewer").get(f"/curtailments/{event.id}/").content.decode()
    )


def test_a_wrong_number_and_a_foreign_place_are_told(login: Callable, tenant) -> None:
    operator = login("operator")
    wrong = operator.post("/curtailments/new/", {**WISH, "kw": "much", "act": "preview"})
    assert wrong.status_code == 422
    lost = operator.post("/curtailments/new/", {**WISH, "site": "/elsewhere/", "act": "preview"})
    assert lost.status_code == 404
    assert login("viewer").get("/curtailments/new/").status_code == 404
    assert Curtailment.system.count() == 0
