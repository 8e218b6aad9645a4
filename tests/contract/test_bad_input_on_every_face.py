"""Bad input gets its row of the table of failures on every face, and changes nothing."""

from typing import Any
from uuid import uuid4

import pytest

from apps.kernel.errors import Code
from tests.contract.bad_input import (
    GAIN,
    MINER,
    PAUSE,
    SET,
    STATUS,
    Scene,
    away,
    garbage,
    hanging,
    issued,
    require,
    sentence,
)
from tests.contract.faces import Console, Face, Mcp, Rest
from tests.support.engines import until

pytestmark = [pytest.mark.flow, pytest.mark.xdist_group("plane")]

FACES = ("rest", "mcp", "sdk", "console")


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest, scene: Scene) -> Face:
    return scene.faces[request.param]


# -- what is asked is wrong

WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "wrong type": (SET, {**GAIN, "value": "loud"}, "value"),
    "out of range": (SET, {**GAIN, "position": 1.5}, "position"),
    "two at once": (SET, {**GAIN, "value": 1.0, "position": 0.5}, "exactly one"),
    "missing": ("miners.power.set", {"device": "Miner 01"}, "watts"),
    "not a number": ("miners.power.set", {"device": "Miner 01", "watts": "many"}, "watts"),
    "too long": (MINER, {"device": "m" * 101}, "100"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_field_is_named(scene: Scene, face: Face, case: str) -> None:
    operation, data, named = WRONG[case]
    with scene.unchanged():
        said = face.call(operation, data)
    require(said, Code.INVALID, face)
    assert named in said.text


@pytest.mark.parametrize("name", ["rest", "mcp", "sdk"])
def test_unknown_field_is_named_with_its_neighbour(scene: Scene, name: str) -> None:
    with scene.unchanged():
        said = scene.faces[name].call(SET, {**GAIN, "valeu": -3.0})
    require(said, Code.INVALID, scene.faces[name])
    wrong = next(error for error in said.body["errors"] if error["path"] == "valeu")
    assert "'value'" in wrong["message"]


def test_unknown_device_is_not_found_and_written_down(scene: Scene, face: Face) -> None:
    seen = len(scene.witness.denials(SET))
    with scene.unchanged():
        said = face.call(SET, {**GAIN, "device": str(uuid4()), "value": -3.0})
    require(said, Code.NOT_FOUND, face)
    assert len(scene.witness.denials(SET)) == seen + 1


def test_device_of_another_tenant_sounds_like_none(scene: Scene, face: Face) -> None:
    foreign = next(one for one in scene.plane.demo["devices"] if one["tenant"] == "other")
    absent, seen = str(uuid4()), len(scene.witness.denials(MINER))
    with scene.unchanged():
        said = face.call(MINER, {"device": foreign["id"]})
        unsaid = face.call(MINER, {"device": absent})
    require(said, Code.NOT_FOUND, face)
    if said.code is not None:
        assert sentence(said).replace(foreign["id"], absent) == sentence(unsaid)
    assert foreign["name"] not in said.text
    added = scene.witness.denials(MINER)[seen:]
    assert [row["verdict"] for row in added] == ["not_found", "not_found"]


def test_unknown_operation_is_not_found(scene: Scene) -> None:
    with scene.unchanged():
        rest = scene.faces["rest"].call("qsys.control.sett", {})
        tool = scene.faces["mcp"].call("qsys.control.sett", {})
        console = scene.faces["console"]
        assert isinstance(console, Console)
        page = console.client.get("/operations/qsys.control.sett/")
    assert (rest.http, rest.code) == (404, "not_found")
    assert (tool.rpc, tool.code) == (-32602, "not_found")
    assert page.status_code == 404


UNREADABLE: dict[str, tuple[bytes, set[int]]] = {
    "no json": (b"{", {-32700}),
    "not an object": (b'"text"', {-32600, -32602}),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable_body_is_malformed(scene: Scene, case: str) -> None:
    body, rpc = UNREADABLE[case]
    rest, mcp = scene.faces["rest"], scene.faces["mcp"]
    assert isinstance(rest, Rest)
    assert isinstance(mcp, Mcp)
    json = {"Content-Type": "application/json"}
    with scene.unchanged():
        by_rest = rest.post(SET, content=body, headers=json)
        by_mcp = mcp.post(content=body, headers=json)
    assert (by_rest.http, by_rest.code) == (400, "malformed")
    assert by_mcp.http == 400
    assert by_mcp.rpc in rpc


def test_oversized_body_is_refused(scene: Scene) -> None:
    rest, mcp, console = (scene.faces[name] for name in ("rest", "mcp", "console"))
    data = {**GAIN, "string": "x" * 1_100_000}
    with scene.unchanged():
        by_rest, by_mcp = rest.call(SET, data), mcp.call(SET, data)
        by_console = console.call(SET, {**data, "string": "x" * 3_000_000})
    assert (by_rest.http, by_rest.code) == (413, "too_large")
    assert (by_mcp.http, by_mcp.rpc, by_mcp.code) == (413, -32600, "too_large")
    assert by_console.http in (400, 413)


# -- who asks may not


@pytest.mark.parametrize("kind", [Rest, Mcp])
def test_expired_key_is_no_key(scene: Scene, kind: type[Rest] | type[Mcp]) -> None:
    key = issued(scene)
    scene.witness.run(
        "UPDATE accounts_apikey SET expires_at = now() - interval '1 minute' WHERE id = %s",
        key["key"],
    )
    face = kind(scene.plane, key["secret"])
    with scene.unchanged():
        said = face.call(SET, {**GAIN, "value": -3.0})
    assert (said.http, said.code) == (401, "unauthenticated")
    assert said.rpc == (-32001 if kind is Mcp else None)
    assert "www-authenticate" in said.headers


@pytest.mark.parametrize("kind", [Rest, Mcp])
@pytest.mark.parametrize("operation", [SET, PAUSE])
def test_narrow_key_is_forbidden_and_written_down(
    scene: Scene, kind: type[Rest] | type[Mcp], operation: str
) -> None:
    scopes = {SET: ["fleet:read"], PAUSE: ["fleet:read", "fleet:write"]}[operation]
    data = {SET: {**GAIN, "value": -3.0}, PAUSE: {"device": "Miner 01"}}[operation]
    face, seen = kind(scene.plane, issued(scene, scopes=scopes)["secret"]), denied(scene, operation)
    with scene.unchanged():
        said = face.call(operation, data)
    if kind is Mcp and operation == SET:
        # What a role does not allow is no tool of theirs; the attempt is written down all the same.
        assert (said.http, said.rpc, said.code) == (200, -32602, "not_found")
    else:
        require(said, Code.FORBIDDEN, face)
        assert {SET: "qsys.operate", PAUSE: "fleet:dangerous"}[operation] in sentence(said)
    (added,) = scene.witness.denials(operation)[seen:]
    assert added["verdict"] == "forbidden"
    assert added["face"] == ("rest" if kind is Rest else "mcp")


def denied(scene: Scene, operation: str) -> int:
    return len(scene.witness.denials(operation))


# -- it was said before


@pytest.mark.parametrize("name", ["rest", "mcp", "sdk"])
def test_stale_confirmation_is_refused(scene: Scene, name: str) -> None:
    face, wanted = scene.faces[name], {"device": "Miner 01"}
    with scene.unchanged():
        other = face.call(PAUSE, {"device": "Miner 02"})
        assert other.body["status"] == "needs_confirmation", other.text
        for confirmation in (other.body["confirmation"], "not-one-of-ours"):
            said = face.call(PAUSE, wanted, confirmation=confirmation)
            require(said, Code.STALE_PLAN, face)
            assert "new plan" in sentence(said)


def test_stale_confirmation_is_refused_in_the_console(scene: Scene) -> None:
    console = scene.faces["console"]
    assert isinstance(console, Console)
    path = f"/operations/{PAUSE}/"
    with scene.unchanged():
        mine, other = (
            console.call(PAUSE, {"device": scene.device(name)["id"]})
            for name in ("Miner 01", "Miner 02")
        )
        wish, token = console.hidden(mine, "wish"), console.hidden(other, "confirmation")
        for fields in (
            {"wish": wish, "confirmation": token},
            {"wish": wish, "confirmation": "not-one-of-ours"},
            {"wish": "not-one-of-ours", "confirmation": token},
        ):
            said = console.send(f"{path}confirm/", fields)
            assert said.http == 409, said.text[:1000]


@pytest.mark.parametrize("name", ["rest", "mcp", "sdk"])
def test_key_of_another_body_is_refused(scene: Scene, name: str) -> None:
    face, key = scene.faces[name], uuid4().hex
    first = face.call(SET, {**GAIN, "value": -9.0}, key=key)
    assert first.code == "", first.text
    with scene.unchanged():
        said = face.call(SET, {**GAIN, "value": -8.0}, key=key)
        again = face.call(SET, {**GAIN, "value": -9.0}, key=key)
    require(said, Code.KEY_REUSED, face)
    assert again.body["output"] == first.body["output"]


# -- the device does not do as it should


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize(("operation", "device"), [(STATUS, "Lobby"), (MINER, "Miner 01")])
def test_device_that_is_away_is_unreachable(
    scene: Scene, face: Face, operation: str, device: str
) -> None:
    away(scene)
    with scene.unchanged():
        said = face.call(operation, {"device": scene.device(device)["id"]})
    require(said, Code.UNREACHABLE, face)


@pytest.mark.usefixtures("well")
def test_core_that_hangs_times_out(scene: Scene, face: Face) -> None:
    hanging(scene)
    with scene.unchanged():
        said = face.call(STATUS, {"device": scene.device("Lobby")["id"]})
    require(said, Code.TIMEOUT, face)


@pytest.mark.usefixtures("well")
def test_miner_that_hangs_times_out(scene: Scene, face: Face) -> None:
    hanging(scene)
    with scene.unchanged():
        said = face.call(MINER, {"device": scene.device("Miner 01")["id"]})
    require(said, Code.TIMEOUT, face)


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("name", ["rest", "mcp", "sdk"])
def test_change_without_an_answer_is_indeterminate_and_never_repeated(
    scene: Scene, name: str
) -> None:
    face, key = scene.faces[name], uuid4().hex
    wanted = {**GAIN, "value": -21.5}
    scene.core.tell("fault", set={"swallow": ["Component.Set"]})
    sets = len(scene.core.commands("Component.Set"))
    said = face.call(SET, wanted, key=key)
    require(said, Code.INDETERMINATE, face)
    scene.core.tell("heal")
    until(lambda: settled(face, wanted, key), 40, lambda: "never settled")
    assert len(scene.core.commands("Component.Set")) == sets + 1


def settled(face: Face, wanted: dict[str, Any], key: str) -> bool:
    """Whether the same call with the same key has its verdict: the device did it."""
    said = face.call(SET, wanted, key=key)
    assert said.code in ("", "indeterminate"), said.text
    return said.code == ""


@pytest.mark.usefixtures("well")
def test_device_that_sends_garbage_never_breaks_the_answer(scene: Scene, face: Face) -> None:
    garbage(scene)
    with scene.unchanged():
        said = face.call(STATUS, {"device": scene.device("Lobby")["id"]})
    if isinstance(face, Console):
        assert said.http in (200, 502, 503, 504)
    else:
        assert said.code in ("", "device_rejected", "unreachable", "timeout"), said.text
