"""Logging in: wrong guesses lock the account, and no answer tells which part was wrong."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.db import connection

from apps.accounts import services
from apps.accounts.models import User
from apps.accounts.services import LOCK_AFTER, LOCK_FOR, login_check
from apps.kernel import clock
from apps.kernel.clock import ManualClock
from tests.support import factories
from tests.support.factories import PASSWORD


def test_right_password_lets_in_and_clears_the_count(db: None) -> None:
    user = factories.user(username="ada")
    for _ in range(LOCK_AFTER - 1):
        assert login_check("ada", "wrong") is None
    found = login_check("ada", PASSWORD)
    assert found is not None
    assert found.id == user.id
    user.refresh_from_db()
    assert (user.failed_logins, user.locked_until) == (0, None)
    assert user.last_login is not None


def test_wrong_guesses_lock_for_a_while(db: None) -> None:
    factories.user(username="ada")
    with clock.using(ManualClock(clock.now())) as time:
        for _ in range(LOCK_AFTER):
            assert login_check("ada", "wrong") is None
        assert login_check("ada", PASSWORD) is None, "locked, whatever the password"
        time.advance(LOCK_FOR.total_seconds() - 1)
        assert login_check("ada", PASSWORD) is None
        time.advance(2)
        assert login_check("ada", PASSWORD) is not None


def test_unknown_suspended_and_agents_get_the_same_answer(db: None) -> None:
    user = factories.user(username="gone")
    User.objects.filter(id=user.id).update(is_active=False)
    agent = factories.agent()
    agent.set_password(PASSWORD)
    agent.save()
    for name in ("nobody", "gone", agent.username):
        assert login_check(name, PASSWORD) is None


@pytest.mark.parametrize("case", ["unknown", "locked", "wrong", "right"])
def test_every_answer_costs_one_hash(db: None, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    user = factories.user(username="ada")
    if case == "locked":
        User.objects.filter(id=user.id).update(locked_until=clock.now() + LOCK_FOR)
    hashed: list[Any] = []
    hasher = hashers.get_hasher()
    encode = type(hasher).encode

    def counting(self: Any, *arguments: Any, **more: Any) -> str:
        hashed.append(arguments)
        return str(encode(self, *arguments, **more))

    monkeypatch.setattr(type(hasher), "encode", counting)
    password = PASSWORD if case in ("right", "locked") else "wrong"
    login_check("nobody" if case == "unknown" else "ada", password)
    assert len(hashed) == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_in_parallel_all_count() -> None:
    factories.user(username="ada")
    start = threading.Barrier(LOCK_AFTER)

    def guess(_: int) -> None:
        start.wait(10)
        try:
            assert login_check("ada", "wrong") is None
        finally:
            connection.close()

    with ThreadPoolExecutor(LOCK_AFTER) as pool:
        list(pool.map(guess, range(LOCK_AFTER)))
    assert User.objects.get(username="ada").locked_until is not None
    assert services.login_check("ada", PASSWORD) is None
