"""Data that is hashed, hidden, cut or sealed comes out one way only."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretBytes, SecretStr
from pytest_django import Settings

from apps.kernel import clock
from apps.kernel.canonical import canonical, digest
from apps.kernel.clock import ManualClock
from apps.kernel.crypto import FernetKeyring, WrongKey
from apps.kernel.errors import Code, invalid, nearest, not_found
from apps.kernel.ids import moment_of, new_id
from apps.kernel.keyring import keyring
from apps.kernel.redact import HIDDEN, ShownOnce, redacted, revealed, shortened, shown
from tests.support import factories

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def shuffled(value: Any) -> Any:
    """The same data with its keys the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(item) for key, item in reversed(list(value.items()))}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(plain)
def test_same_data_has_one_spelling(value: Any) -> None:
    assert canonical(value) == canonical(shuffled(value))
    assert digest(value) == digest(shuffled(value))


@given(plain)
def test_spelling_loses_nothing(value: Any) -> None:
    assert json.loads(canonical(value)) == value


def test_ids_and_times_have_a_spelling() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert canonical({"b": UUID(int=1), "a": moment}) == (
        b'{"a":"2026-01-02T00:00:00Z","b":"00000000-0000-0000-0000-000000000001"}'
    )


class Card(BaseModel):
    """Something with every kind of secret."""

    name: str
    password: SecretStr
    blob: SecretBytes
    token: ShownOnce


CARD = Card(
    name="n" * 3_000, password=SecretStr("hunter2"), blob=SecretBytes(b"\xff\x00"),
    token=SecretStr("cp_once"),
)  # fmt: skip


def test_secrets_never_serialise() -> None:
    hidden = redacted(CARD)
    assert hidden["password"] == hidden["token"] == HIDDEN
    assert "hunter2" not in CARD.model_dump_json()
    assert "cp_once" not in CARD.model_dump_json()
    assert hidden["name"].endswith("(1000 characters more)")
    assert redacted(None) == {}
    assert redacted({"a": 1}) == {"a": 1}


def test_new_secret_is_shown_when_asked_for_by_name() -> None:
    told = shown(CARD)
    assert told["token"] == "cp_once"
    assert told["password"] == HIDDEN, "only what was made here is told"


def test_revealed_holds_what_sealing_needs() -> None:
    assert b"hunter2" in revealed(CARD)
    assert b"cp_once" in revealed(CARD)


@given(st.text(max_size=4_000))
def test_short_text_stays_long_text_says_what_is_missing(text: str) -> None:
    kept = shortened(text)
    assert kept == text if len(text) <= 2_000 else f"({len(text) - 2_000} characters" in kept
    assert shortened({"a": [text, 1]}) == {"a": [kept, 1]}


@given(st.binary())
def test_sealed_bytes_come_back(secret: bytes) -> None:
    ring = FernetKeyring((KEY_ONE,))
    sealed = ring.seal(secret)
    assert ring.unseal(sealed) == secret
    assert secret not in sealed or len(secret) < 4


KEY_ONE, KEY_TWO = (Fernet.generate_key().decode() for _ in range(2))


def test_keys_rotate_without_a_stop() -> None:
    old = FernetKeyring((KEY_ONE,)).seal(b"secret")
    both = FernetKeyring((KEY_TWO, KEY_ONE))
    assert both.unseal(old) == b"secret"
    new = both.rotate(old)
    assert FernetKeyring((KEY_TWO,)).unseal(new) == b"secret"
    with pytest.raises(WrongKey) as caught:
        FernetKeyring((KEY_TWO,)).unseal(old)
    assert caught.value.code is Code.INTERNAL
    assert "CREDENTIAL_KEYS" in caught.value.detail
    with pytest.raises(WrongKey):
        FernetKeyring((KEY_TWO,)).rotate(old)


def test_seal_may_be_too_old() -> None:
    ring = FernetKeyring((KEY_ONE,))
    old = Fernet(KEY_ONE).encrypt_at_time(b"x", 1)
    assert ring.unseal(old) == b"x"
    with pytest.raises(WrongKey):
        ring.unseal(old, max_age=60)


def test_keyring_is_the_configured_one(settings: Settings) -> None:
    settings.CONFIG = factories.config(credential_keys=(SecretStr(KEY_ONE),))
    assert FernetKeyring((KEY_ONE,)).unseal(keyring().seal(b"x")) == b"x"
    settings.CONFIG = factories.config(credential_keys=())
    derived = keyring().seal(b"y")
    assert keyring().unseal(derived) == b"y"
    with pytest.raises(WrongKey):
        FernetKeyring((KEY_ONE,)).unseal(derived)


def test_ids_are_in_the_order_of_their_making() -> None:
    made = [new_id() for _ in range(1_000)]
    assert made == sorted(made)
    assert len(set(made)) == 1_000
    assert {one.version for one in made} == {7}
    assert abs(moment_of(made[0]) - datetime.now(UTC)) < timedelta(seconds=30)


def test_clock_stands_until_it_is_moved() -> None:
    start = datetime(2026, 3, 29, tzinfo=UTC)
    with clock.using(ManualClock(start)) as held:
        first = clock.monotonic()
        assert clock.now() == start
        held.advance(90)
        assert clock.now() - start == timedelta(seconds=90)
        assert clock.monotonic() - first == 90
    assert clock.now() != start
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_failures_say_what_to_do() -> None:
    assert "'x'" in not_found("device", "x").detail
    wrong = invalid("gain", "is too high.", allowed="-100 to 20")
    assert wrong.errors[0].allowed == "-100 to 20"
    assert nearest("operatr", ["operator", "viewer"]) == "operator"
    assert nearest("zzz", ["operator"]) is None
