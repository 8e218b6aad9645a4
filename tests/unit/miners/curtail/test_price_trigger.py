"""A price turns a curtailment on and off: fed as CSV, or fetched from an allowed address."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from apps.jobs.models import Job
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.curtail.triggers import acting
from apps.miners.curtail.triggers.fetching import fetch
from apps.miners.models import CurtailmentTrigger, PricePoint
from tests.support.minersite import call, confirmed
from tests.unit.miners.curtail.conftest import PLACE, Hall

pytestmark = pytest.mark.django_db(transaction=True)

SIGNAL = {"on_at": 100, "off_at": 80, "least_on_seconds": 60, "least_off_seconds": 0}
RULES = {"tolerance_watts": 100, "min_off_seconds": 0, "min_on_seconds": 0}
WISH = {"site": PLACE, "reduce_kw": 2.5, "rules": {**RULES, "stages": 1, "stage_seconds": 0}}


class Prices(BaseHTTPRequestHandler):
    """Answers with what the test put there."""

    status, text = 200, ""

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.end_headers()
        self.wfile.write(type(self).text.encode())

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def exchange() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Prices)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/day?zone=cz"
    server.shutdown()
    server.server_close()


def series(*prices: float) -> str:
    """One price for each five minutes from now on."""
    now = clocks.now()
    return "".join(
        f"{(now + timedelta(minutes=5 * n)).isoformat()},{price}\n"
        for n, price in enumerate(prices)
    )


def save(actor: Actor, **more: Any) -> str:
    data = {"name": "Dear hours", "curtailment": WISH, "signal": SIGNAL, **more}
    answer = confirmed(actor, "miners.trigger.save", data)
    assert answer.output is not None
    return str(answer.output["trigger"])


def standing(trigger: str) -> CurtailmentTrigger:
    return CurtailmentTrigger.system.select_related("curtailment").get(id=trigger)


def test_a_dear_hour_is_curtailed_and_ends_with_its_price(hall: Hall, operator: Actor) -> None:
    hall.fill(3)
    trigger = save(operator)
    fed = call(
        operator, "miners.trigger.feed", {"trigger": trigger, "csv": series(70, 120, 90, 60)}
    )
    assert fed.output == {"trigger": trigger, "rows": 4}
    acting.tick()
    assert not standing(trigger).is_on
    assert Job.system.count() == 0

    hall.clock.advance(300)
    hall.poll()
    acting.tick()
    acting.tick()
    row = standing(trigger)
    assert (row.is_on, row.price, row.due, row.error) == (True, 120.0, False, "")
    assert row.curtailment is not None
    hall.until(lambda: hall.event(row.curtailment).state == "holding")
    assert row.curtailment.created_by == "schedule:Dear hours"

    hall.clock.advance(300)
    acting.tick()
    assert standing(trigger).is_on, "90 lies between the thresholds"
    hall.clock.advance(300)
    acting.tick()
    assert not standing(trigger).is_on
    hall.poll()
    hall.until(lambda: hall.event(row.curtailment).state == "ended")
    assert not any(one.state.run.paused for one in hall.miners)

    listed = call(operator, "miners.trigger.list", {}).output
    assert listed is not None
    assert [one["price"] for one in listed["triggers"]] == [60.0]
    call(operator, "miners.trigger.delete", {"trigger": trigger})
    assert PricePoint.objects.count() == 0


def test_prices_are_fetched_from_allowed_addresses_and_the_old_ones_stay(
    hall: Hall, operator: Actor, exchange: str, configure: Any
) -> None:
    hall.fill(1)
    with pytest.raises(Failure, match=r"DEVICE_NETWORKS|device") as caught:
        fetch(exchange)
    assert caught.value.code is Code.INVALID

    port = exchange.split(":")[2].split("/", maxsplit=1)[0]
    configure(device_networks=(f"127.0.0.1:{port}",))
    Prices.status, Prices.text = 200, series(70, 71)
    trigger = save(operator, url=exchange, fetch_seconds=60)
    acting.tick()
    assert PricePoint.objects.count() == 2
    assert standing(trigger).error == ""

    Prices.text = "starts_at,price\nnonsense,1\n"
    hall.clock.advance(61)
    acting.tick()
    assert "line 2: 'nonsense' is no time" in standing(trigger).error
    Prices.status = 302
    hall.clock.advance(61)
    acting.tick()
    assert "302; redirects are not followed" in standing(trigger).error
    assert PricePoint.objects.count() == 2
    assert standing(trigger).price == 70.0

    with pytest.raises(Failure, match="leave not_before") as wrong:
        call(
            operator,
            "miners.trigger.save",
            {"name": "x", "curtailment": {**WISH, "minutes": 5}, "signal": SIGNAL},
        )
    assert wrong.value.code is Code.INVALID
