"""The demo's passwords stay while they work, and a warm start does not try them one by one."""

import hashlib
from typing import Any

import pytest

from apps.accounts.models import User
from apps.ops.demo import people

pytestmark = pytest.mark.django_db


def kept(made: people.People) -> dict[str, Any]:
    """What the next seeding is told."""
    return {"logins": made.logins, "api_keys": made.api_keys, "proofs": made.proofs}


def test_second_seeding_changes_nothing() -> None:
    first = people.seed({})
    assert people.seed(kept(first)) == first
    assert people.seed({**kept(first), "proofs": []}) == first
    operator = first.logins["default"]["operator"]
    assert User.objects.get(username="operator").check_password(operator["password"])


def test_password_somebody_changed_is_replaced_by_one_that_works() -> None:
    first = people.seed({})
    user = User.objects.get(username="operator")
    user.set_password("chosen by a person")
    user.save()
    second = people.seed(kept(first))
    given = second.logins["default"]["operator"]["password"]
    assert given != first.logins["default"]["operator"]["password"]
    assert User.objects.get(username="operator").check_password(given)
    first.logins["default"]["operator"] = second.logins["default"]["operator"]
    assert second.logins == first.logins


def test_proven_password_is_not_tried_again() -> None:
    """No password fits this hash, so a trial would have failed and replaced it."""
    first = people.seed({})
    user = User.objects.get(username="operator")
    user.set_unusable_password()
    user.save()
    password = first.logins["default"]["operator"]["password"]
    proof = hashlib.sha256(f"{password}\n{user.password}".encode()).hexdigest()
    assert people.seed({**kept(first), "proofs": [proof]}).logins == first.logins
    assert User.objects.get(username="operator").password == user.password
