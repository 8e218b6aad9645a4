"""The id of a session: what its client said, readable here alone, and good for its holder alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.kernel import clock
from apps.kernel.actor import system_actor
from apps.kernel.ids import new_id
from apps.kernel.keyring import keyring
from apps.mcp.session import opening
from apps.mcp.session.opening import Opening, opened, opening_of

MINE = system_actor("mine")
SAID: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"elicitation": {"form": {}, "url": {"x": 1}, "other": {}}, "odd": {}},
    "clientInfo": {"name": "Claude Code", "version": "2.1", "icons": [{"src": "x" * 999}]},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)


def mine(**more: Any) -> Opening:
    found = opening_of(MINE, {**SAID, **more}, lives=True)
    assert found is not None
    return found


def test_an_id_says_how_its_session_was_opened() -> None:
    number = mine().sealed()
    assert number.isascii()
    assert number.isprintable()
    assert " " not in number
    found = opened(number, MINE)
    assert found == mine()
    assert found.client == "Claude Code 2.1"
    assert found.params() == {
        "protocolVersion": "2025-11-25",
        "capabilities": {"elicitation": {"form": {}, "url": {}}},
        "clientInfo": {"name": "Claude Code", "version": "2.1"},
    }
    assert mine().sealed() != number


def test_an_id_is_good_for_its_holder_alone() -> None:
    number = mine().sealed()
    assert opened(number, replace(MINE, id=new_id())) is None
    assert opened(number, replace(MINE, credential_id=new_id())) is None
    assert opened(number[:-3] + "AAA", MINE) is None
    assert opened("0" * 32, MINE) is None
    assert opened("é", MINE) is None
    assert opened(number * 20, MINE) is None
    assert opened(keyring().seal(b'["confirmation",1]').decode(), MINE) is None


def test_an_id_is_good_for_a_week() -> None:
    made = mine()
    assert opened(replace(made, at=made.at - opening.LIFE + 60).sealed(), MINE) is not None
    assert opened(replace(made, at=made.at - opening.LIFE - 1).sealed(), MINE) is None
    assert abs(made.at - clock.now().timestamp()) < timedelta(minutes=1).total_seconds()


def test_a_name_is_one_short_line() -> None:
    said = {"name": "a\nb\x00" + "c" * 200, "version": 7}
    found = mine(clientInfo=said)
    assert found.client == ("a b " + "c" * 200)[: opening.NAME_MOST]
    assert len(mine(clientInfo={"name": "n" * 200, "version": "v" * 200}).client) == 100


@given(said=st.dictionaries(st.sampled_from(sorted(SAID)), JSON))
def test_whatever_a_client_says_opens_a_session_that_can_be_read_or_none(said: Any) -> None:
    found = opening_of(MINE, said, lives=False)
    assert found is None or opened(found.sealed(), MINE) == found


@given(said=JSON)
def test_whatever_a_client_can_fits_a_header(said: Any) -> None:
    found = mine(capabilities=dict.fromkeys(opening.KEPT, said))
    assert len(found.sealed()) < opening.LONGEST
    assert opened(found.sealed(), MINE) == found
