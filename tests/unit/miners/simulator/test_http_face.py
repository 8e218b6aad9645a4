"""Port 80 is recognisable, and REST and GraphQL show the state that gRPC changes."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.miners.client import MinerClient
from apps.miners.simulator import FIRMWARE, SimulatedMiner, inject
from apps.miners.simulator.graphql import BadQuery, parse
from tests.support.miners import connected, until


class Browser:
    """Asks one miner over HTTP, logged in when asked to."""

    def __init__(self, miner: SimulatedMiner, http: aiohttp.ClientSession) -> None:
        self._base = f"http://{miner.address}:{miner.ports.http}"
        self._http = http
        self.headers: dict[str, str] = {}

    async def login(self) -> None:
        body = {"username": "root", "password": "root"}
        _, answer = await self.ask("POST", "/api/v1/auth/login", body)
        self.headers = {"Authorization": answer["token"]}

    async def ask(self, verb: str, path: str, body: object = None) -> tuple[int, Any]:
        async with self._http.request(
            verb, self._base + path, json=body, headers=self.headers
        ) as response:
            json = response.content_type == "application/json"
            return response.status, await (response.json() if json else response.text())


@pytest.fixture
async def pair() -> Any:
    async with (
        connected() as (miner, client),
        aiohttp.ClientSession() as http,
    ):
        yield miner, client, Browser(miner, http)


Pair = tuple[SimulatedMiner, MinerClient, Browser]


async def test_front_page_names_the_system(pair: Pair) -> None:
    status, text = await pair[2].ask("GET", "/")
    assert (status, "Braiins OS" in text) == (200, True)


@pytest.mark.parametrize("path", ["/api/v1/version", "/api/v1/version/"])
async def test_version_needs_no_login_and_takes_both_slash_forms(pair: Pair, path: str) -> None:
    status, version = await pair[2].ask("GET", path)
    assert (status, version["major"], version["minor"]) == (200, 1, 3)


async def test_reads_need_a_login(pair: Pair) -> None:
    assert (await pair[2].ask("GET", "/api/v1/miner/details"))[0] == 401
    await pair[2].login()
    status, details = await pair[2].ask("GET", "/api/v1/miner/details/")
    assert status == 200
    assert details["bos_version"]["current"] == FIRMWARE
    assert details["bos_mode"] == 4
    assert details["psu_info"]["version"] == 101


async def test_absent_values_are_null_and_oneofs_nest_by_type(pair: Pair) -> None:
    await pair[2].login()
    _, tuner = await pair[2].ask("GET", "/api/v1/performance/tuner-state")
    state = tuner["mode_state"]["powertargetmodestate"]
    assert state["current_target"] == {"watt": 3068}
    assert state["profile"]["created"] is None
    _, pools = await pair[2].ask("GET", "/api/v1/pools")
    assert pools[0]["strategy"] == {"quota": {"value": 1}}


async def test_every_read_answers(pair: Pair) -> None:
    await pair[2].login()
    for path in ("miner/stats", "miner/errors", "miner/hw/hashboards", "cooling/state",
                 "network", "network/configuration", "configuration/miner",
                 "configuration/constraints", "license/license", "performance/mode",
                 "performance/target-profiles", "upgrade/auto-upgrade"):  # fmt: skip
        assert (await pair[2].ask("GET", f"/api/v1/{path}"))[0] == 200, path


async def test_commands_act_on_the_one_state(pair: Pair) -> None:
    _, client, browser = pair
    await browser.login()
    assert await browser.ask("PUT", "/api/v1/actions/pause") == (200, False)
    assert await client.status() == "paused"
    assert await browser.ask("PUT", "/api/v1/actions/locate", True) == (200, True)
    assert await client.located() is True
    assert await browser.ask("GET", "/api/v1/actions/locate") == (200, True)
    target = await browser.ask("PUT", "/api/v1/performance/power-target", {"watt": 2000})
    assert target == (200, {"watt": 2000})
    assert (await client.tuning.state()).target_watts == 2000


async def test_reboot_says_nothing_and_happens(pair: Pair) -> None:
    miner, _, browser = pair
    await browser.login()
    booted = miner.state.run.booted
    assert (await browser.ask("PUT", "/api/v1/actions/reboot"))[0] == 204
    await until(lambda: miner.state.run.booted > booted)


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("PUT", "performance/power-target", {"watt": 9000}, 412),
        ("PUT", "performance/power-target", {"watts": 2000}, 400),
        ("PUT", "performance/power-target", [1], 400),
        ("PUT", "actions/locate", "yes", 404),
        ("GET", "nowhere", None, 404),
        ("PUT", "nowhere", None, 404),
        ("DELETE", "pools", None, 404),
    ],
)
async def test_refusals_have_the_documented_status(
    pair: Pair, verb: str, path: str, body: object, status: int
) -> None:
    await pair[2].login()
    assert (await pair[2].ask(verb, f"/api/v1/{path}", body))[0] == status


async def test_missing_method_is_501(pair: Pair) -> None:
    await inject(pair[0], {"fault": "unimplemented", "methods": ["GetErrors"]})
    await pair[2].login()
    assert (await pair[2].ask("GET", "/api/v1/miner/errors"))[0] == 501


async def test_graphql_gives_just_what_was_asked(pair: Pair) -> None:
    query = {"query": "{ bosminer { info { modelName } } bos { info { version { full } } } }"}
    status, answer = await pair[2].ask("POST", "/graphql", query)
    assert status == 200
    assert answer["data"] == {
        "bosminer": {"info": {"modelName": "Antminer S19J Pro"}},
        "bos": {"info": {"version": {"full": FIRMWARE}}},
    }


async def test_graphql_lists_appeals(pair: Pair) -> None:
    await inject(pair[0], {"fault": "error", "message": "fan lost"})
    query = {"query": "query Errors { events { appeals { kind message } } }"}
    _, answer = await pair[2].ask("POST", "/graphql", query)
    assert answer["data"]["events"]["appeals"] == [{"kind": "ERROR", "message": "fan lost"}]


async def test_bad_query_is_an_error_in_words(pair: Pair) -> None:
    _, answer = await pair[2].ask("POST", "/graphql", {"query": "{ bos "})
    assert "not closed" in answer["errors"][0]["message"]


def written(selection: dict[str, Any]) -> str:
    inner = (f"{name} {written(below) if below else ''}" for name, below in selection.items())
    return "{ " + " ".join(inner) + " }"


names = st.from_regex(r"[a-z]\w{0,5}", fullmatch=True).filter(str.isascii)
selections = st.recursive(
    st.just({}), lambda below: st.dictionaries(names, below, min_size=1, max_size=3), max_leaves=8
)


@given(selections.filter(bool))
def test_selections_are_read_back(selection: dict[str, Any]) -> None:
    assert parse(written(selection)) == selection


@given(st.text(alphabet="{} ab\n", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        selection = parse(text)
    except BadQuery:
        return
    assert parse(written(selection)) == selection
