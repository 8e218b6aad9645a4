"""The library of images: who may publish and withdraw, which keys are believed, and until when."""

import base64
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.kernel import clock as clocks
from apps.kernel.actor import Actor
from apps.kernel.clock import ManualClock
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.miners.firmware import states, store, trust
from apps.miners.firmware.signing import Statement
from apps.miners.models import FirmwareImage, ImageState, TrustedKey
from apps.miners.simulator import build_image
from apps.operations.outcome import Outcome, Status
from tests.support import factories
from tests.support.miners import NEW_VERSION
from tests.support.minersite import call

CONTENT = build_image(NEW_VERSION, size=20_000)
MODELS = ("Antminer S19J Pro",)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def signed(key: Ed25519PrivateKey = KEY, **changes: Any) -> str:
    fields = {"version": NEW_VERSION, "hardware": MODELS, **changes}
    statement = Statement(sha256=sha256(CONTENT).hexdigest(), size=len(CONTENT), **fields)
    return base64.b64encode(key.sign(statement.canonical())).decode()


def upload(actor: Actor, signature: str = "", **changes: Any) -> dict[str, Any]:
    data = {
        "version": NEW_VERSION,
        "device_models": list(MODELS),
        "sha256": sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
        "offset": 0,
        "data": base64.b64encode(CONTENT).decode(),
        "signature": signature,
        **changes,
    }
    output = call(actor, "miners.firmware.upload", data).output
    assert output is not None
    return output


def by_two(actor: Actor, tenant: Tenant, operation: str, data: dict[str, Any]) -> Outcome:
    """The call after a second person has granted it."""
    key = str(new_id())
    plan = call(actor, operation, data, key=key)
    assert plan.status is Status.NEEDS_CONFIRMATION
    asked = call(actor, operation, data, key=key, confirmation=plan.confirmation)
    assert asked.status is Status.NEEDS_APPROVAL
    assert asked.approval is not None
    approver = factories.actor_of("approver", tenant)
    call(approver, "operations.approval.grant", {"approval": str(asked.approval.id)})
    return call(actor, operation, data, key=key, confirmation=plan.confirmation)


@pytest.fixture
def admin(tenant: Tenant) -> Actor:
    return factories.actor_of("admin", tenant)


@pytest.fixture
def trusting(admin: Actor, tenant: Tenant, clock: ManualClock) -> Callable[..., str]:
    """Has the tenant trust a key for so many days; its id."""

    def make(key: Ed25519PrivateKey = KEY, name: str = "release", days: int = 30) -> str:
        data = {
            "name": name,
            "public_key": key.public_key().public_bytes_raw().hex(),
            "not_after": (clocks.now() + timedelta(days=days)).isoformat(),
        }
        output = by_two(admin, tenant, "miners.key.trust", data).output
        assert output is not None
        return str(output["key"])

    return make


def refused(actor: Actor, operation: str, data: dict[str, Any], **fields: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        call(actor, operation, data, **fields)
    return caught.value


def state(image: str) -> str:
    return FirmwareImage.system.get(id=image).state


def moves(image: str) -> list[str]:
    rows = AuditLog.system.filter(entry="transition", object_id=image).order_by("id")
    return [row.verdict for row in rows]


def test_a_key_is_trusted_by_two_people_and_then_unsigned_images_are_refused(
    trusting: Callable[..., str], engineer: Actor, admin: Actor
) -> None:
    before = call(engineer, "miners.key.list", {}).output
    assert before == {"keys": [], "signature_required": False}
    trusting()
    output = call(engineer, "miners.key.list", {}).output
    assert output is not None
    assert output["signature_required"] is True
    assert [(key["name"], key["state"]) for key in output["keys"]] == [("release", "trusted")]
    with pytest.raises(Failure) as caught:
        upload(engineer)
    assert (caught.value.code, "nobody signed" in caught.value.detail) == (Code.INVALID, True)
    assert not FirmwareImage.system.exists()
    done = upload(engineer, signed())
    assert done["state"] == "verified"
    assert moves(done["image"]) == ["uploaded", "verifying", "verified"]
    found = call(engineer, "miners.firmware.publish", {"image": done["image"]}).output
    assert found is not None
    assert (found["state"], found["signed_by"], found["rollouts"]) == ("published", "release", 0)
    assert moves(done["image"])[-1] == "published"


@pytest.mark.parametrize(
    ("signature", "changes"),
    [
        (signed(OTHER), {}),
        (signed(version="26.09"), {}),
        (signed(), {"min_version": "26.01"}),
        (signed(), {"product": "vnish"}),
        (signed(), {"platforms": ["AM3_AML"]}),
        (signed(), {"device_models": ["Antminer S19J Pro", "Antminer T21"]}),
        ("AAAA", {}),
    ],
)
def test_a_signature_of_other_words_or_of_a_stranger_keeps_nothing(
    trusting: Callable[..., str], engineer: Actor, signature: str, changes: dict[str, Any]
) -> None:
    trusting()
    with pytest.raises(Failure) as caught:
        upload(engineer, signature, **changes)
    assert caught.value.code is Code.INVALID
    assert caught.value.errors[0].path == "signature"
    assert not FirmwareImage.system.exists()
    assert not list(store.folder().glob(f"{engineer.tenant}-*"))


def test_an_unsigned_image_is_published_by_two_people_and_shown_as_such(
    engineer: Actor, tenant: Tenant
) -> None:
    image = upload(engineer)["image"]
    plan = call(engineer, "miners.firmware.publish", {"image": image}, key="k").plan
    assert plan is not None
    assert "Nobody signed" in plan.risks[0]
    assert state(image) == "verified"
    by_two(engineer, tenant, "miners.firmware.publish", {"image": image})
    output = call(engineer, "miners.firmware.list", {}).output
    assert output is not None
    (row,) = output["images"]
    assert (row["state"], row["signed_by"]) == ("published", "")
    whole = call(engineer, "miners.firmware.get", {"image": image}).output
    assert whole is not None
    assert (whole["published_by"], whole["rollouts"]) == (engineer.label, 0)
    assert '"format":"controlplane.firmware/1"' in whole["statement"]


def test_only_what_is_verified_and_whole_is_published(engineer: Actor, tenant: Tenant) -> None:
    half = upload(engineer, data=base64.b64encode(CONTENT[:100]).decode())["image"]
    failure = refused(engineer, "miners.firmware.publish", {"image": half}, key="k")
    assert (failure.code, "is receiving" in failure.detail) == (Code.CONFLICT, True)
    rest = base64.b64encode(CONTENT[100:]).decode()
    assert upload(engineer, data=rest, offset=100)["state"] == "verified"
    image = FirmwareImage.system.get(id=half)
    content = bytearray(store.path_of(image).read_bytes())
    content[100] ^= 1
    store.path_of(image).write_bytes(content)
    failure = refused(engineer, "miners.firmware.publish", {"image": str(image.id)}, key="k")
    assert (failure.code, "damaged" in failure.detail) == (Code.CONFLICT, True)
    assert state(str(image.id)) == "verified"


def test_a_withdrawal_needs_a_reason_and_stops_at_once_and_for_good(
    trusting: Callable[..., str], engineer: Actor, device: Device
) -> None:
    trusting()
    image = upload(engineer, signed())["image"]
    call(engineer, "miners.firmware.publish", {"image": image})
    assert refused(engineer, "miners.firmware.withdraw", {"image": image}).code is Code.INVALID
    assert state(image) == "published"
    call(engineer, "miners.firmware.withdraw", {"image": image}, reason="It overheats.")
    assert (state(image), moves(image)[-1]) == ("withdrawn", "withdrawn")
    data = {"device": device.name, "image": image}
    failure = refused(engineer, "miners.firmware.upgrade", data, key="k")
    assert (failure.code, "It overheats." in failure.detail) == (Code.CONFLICT, True)
    again = call(engineer, "miners.firmware.withdraw", {"image": image}, reason="Once more").output
    assert again is not None
    assert FirmwareImage.system.get(id=image).detail == "It overheats."
    with pytest.raises(Failure, match="stay out for good"):
        upload(engineer, signed())


@pytest.mark.parametrize("way", ["expired", "withdrawn"])
def test_what_a_past_key_signed_is_not_begun_with_until_it_is_signed_anew(
    trusting: Callable[..., str],
    engineer: Actor,
    device: Device,
    clock: ManualClock,
    way: str,
) -> None:
    key = trusting(days=1)
    image = upload(engineer, signed())["image"]
    call(engineer, "miners.firmware.publish", {"image": image})
    if way == "expired":
        clock.advance(86_401)
    else:
        call(engineer, "miners.key.withdraw", {"key": key}, reason="The stick was lost.")
    shown = call(engineer, "miners.key.list", {}).output
    assert shown is not None
    assert (shown["keys"][0]["state"], shown["signature_required"]) == (way, True)
    data = {"device": device.name, "image": image}
    failure = refused(engineer, "miners.firmware.upgrade", data, dry_run=True)
    assert (failure.code, "no key that is trusted now" in failure.detail) == (Code.CONFLICT, True)
    with pytest.raises(Failure, match="signature"):
        upload(engineer, signed())
    trusting(OTHER, "next")
    assert upload(engineer, signed(OTHER))["state"] == "published"
    assert call(engineer, "miners.firmware.upgrade", data, dry_run=True).plan is not None


def test_changed_words_in_the_row_break_the_signature(
    trusting: Callable[..., str], engineer: Actor
) -> None:
    trusting()
    image = upload(engineer, signed())["image"]
    FirmwareImage.system.filter(id=image).update(device_models=["Antminer T21"])
    failure = refused(engineer, "miners.firmware.publish", {"image": image})
    assert (failure.code, "words were changed" in failure.detail) == (Code.CONFLICT, True)


def test_a_key_that_expires_while_pieces_come_rejects_the_image(
    trusting: Callable[..., str], engineer: Actor, clock: ManualClock, monkeypatch: Any
) -> None:
    trusting(days=1)
    honest = trust.require_good

    def late(*given: Any) -> None:
        honest(*given)
        clock.advance(86_401)

    monkeypatch.setattr(trust, "require_good", late)
    done = upload(engineer, signed())
    assert (done["state"], "no key that is trusted" in done["detail"]) == ("rejected", True)
    assert not list(store.folder().glob(f"{engineer.tenant}-*"))


def test_a_key_is_trusted_once_and_for_a_time_to_come(
    trusting: Callable[..., str], admin: Actor, engineer: Actor
) -> None:
    key = trusting()
    good = {
        "name": "second",
        "public_key": OTHER.public_key().public_bytes_raw().hex(),
        "not_after": (clocks.now() + timedelta(days=1)).isoformat(),
    }
    past = {**good, "not_after": "2020-01-01T00:00:00Z"}
    assert refused(admin, "miners.key.trust", past).code is Code.INVALID
    assert refused(admin, "miners.key.trust", {**good, "not_after": "2090-01-01"}).code is (
        Code.INVALID
    )
    assert refused(admin, "miners.key.trust", {**good, "public_key": "x"}).code is Code.INVALID
    assert refused(admin, "miners.key.trust", {**good, "name": "release"}).code is Code.CONFLICT
    call(engineer, "miners.key.withdraw", {"key": key}, reason="Rotated")
    known = {**good, "public_key": KEY.public_key().public_bytes_raw().hex()}
    failure = refused(admin, "miners.key.trust", known)
    assert (failure.code, "is withdrawn" in failure.detail) == (Code.CONFLICT, True)
    assert TrustedKey.system.count() == 1


@pytest.mark.parametrize(
    "operation", ["miners.firmware.publish", "miners.firmware.withdraw", "miners.key.withdraw"]
)
def test_whoever_may_not_changes_nothing(
    trusting: Callable[..., str], engineer: Actor, operator: Actor, tenant: Tenant, operation: str
) -> None:
    key, image = trusting(), upload(engineer, signed())["image"]
    data = {"key": key} if "key" in operation else {"image": image}
    local = factories.actor_of("engineer", tenant, site_path="/mine/r1/")
    stranger = factories.actor_of("engineer")
    told = AuditLog.system.filter(operation=operation).exclude(entry="denied").count()
    for actor, code in (
        (operator, Code.FORBIDDEN),
        (local, Code.FORBIDDEN),
        (stranger, Code.NOT_FOUND),
    ):
        assert refused(actor, operation, data, reason="x", key="k").code is code
    assert state(image) == "verified"
    assert TrustedKey.system.get(id=key).withdrawn_at is None
    rows = AuditLog.system.filter(operation=operation)
    assert rows.exclude(entry="denied").count() == told
    assert rows.filter(entry="denied").count() == 3


def test_an_engineer_alone_trusts_no_key(engineer: Actor) -> None:
    data = {"name": "mine", "public_key": "ab" * 32, "not_after": "2090-01-01T00:00:00Z"}
    assert refused(engineer, "miners.key.trust", data).code is Code.FORBIDDEN
    assert not TrustedKey.system.exists()


def test_moves_that_the_table_has_not_are_mistakes(engineer: Actor) -> None:
    image = FirmwareImage(state=ImageState.WITHDRAWN)
    for to in ImageState:
        with pytest.raises(states.IllegalMoveError):
            states.move(None, image, to)  # type: ignore[arg-type]  # refused before it is read
