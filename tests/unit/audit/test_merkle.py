"""Our tree is the one of RFC 6962, however it is computed."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from apps.audit import merkle, verify

leaves = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


@given(leaves)
def test_level_by_level_is_the_recursive_definition(found: list[bytes]) -> None:
    assert merkle.root(found) == verify.root(found)


@given(leaves.filter(bool), st.data())
def test_every_change_shows_in_the_root(found: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(found) - 1))
    other = data.draw(st.binary(min_size=32, max_size=32).filter(lambda x: x != found[place]))
    assert merkle.root([*found[:place], other, *found[place + 1 :]]) != merkle.root(found)
    assert merkle.root([*found, other]) != merkle.root(found)


def test_known_roots_of_the_standard() -> None:
    assert merkle.root([]).hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    # The test vectors of the Certificate Transparency reference: leaves "", 00, 10, 2021.
    inputs = [bytes.fromhex(text) for text in ("", "00", "10", "2021")]
    hashed = [hashlib.sha256(b"\x00" + one).digest() for one in inputs]
    expected = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    }
    for count, root in expected.items():
        assert merkle.root(hashed[:count]).hex() == root


@given(st.dictionaries(st.text(max_size=5), st.none() | st.text() | st.floats(allow_nan=False)))
def test_leaf_does_not_depend_on_the_order_of_keys(data: dict[str, object]) -> None:
    backwards = dict(reversed(list(data.items())))
    assert merkle.leaf(data) == merkle.leaf(backwards) == verify._leaf({"entry": backwards})
