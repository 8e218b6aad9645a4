"""Uploading an image in pieces, and what is believed of it."""

import base64
from hashlib import sha256
from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.audit.models import AuditLog
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.miners.firmware import store
from apps.miners.models import FirmwareImage, ImageState
from apps.miners.simulator import build_image
from tests.support import factories
from tests.support.miners import NEW_VERSION
from tests.support.minersite import call

IMAGE = build_image(NEW_VERSION, size=100_000)
MODELS = ["Antminer S19J Pro"]


def piece(start: int, stop: int, content: bytes = IMAGE, **changes: Any) -> dict[str, Any]:
    return {
        "version": NEW_VERSION,
        "device_models": MODELS,
        "sha256": sha256(IMAGE).hexdigest(),
        "size": len(IMAGE),
        "offset": start,
        "data": base64.b64encode(content[start:stop]).decode(),
        **changes,
    }


def upload(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    output = call(actor, "miners.firmware.upload", data).output
    assert output is not None
    return output


def refused(actor: Actor, data: dict[str, Any]) -> Failure:
    with pytest.raises(Failure) as caught:
        upload(actor, data)
    return caught.value


def test_the_last_piece_has_the_image_verified(engineer: Actor) -> None:
    first = upload(engineer, piece(0, 60_000))
    assert (first["state"], first["received"]) == ("receiving", 60_000)
    last = upload(engineer, piece(60_000, 100_000))
    assert (last["state"], last["received"], last["image"]) == ("verified", 100_000, first["image"])
    image = FirmwareImage.system.get(id=last["image"])
    assert store.path_of(image).read_bytes() == IMAGE
    assert store.folder().stat().st_mode & 0o777 == 0o700


def test_a_gap_is_refused_naming_where_to_go_on(engineer: Actor) -> None:
    upload(engineer, piece(0, 10_000))
    failure = refused(engineer, piece(20_000, 30_000))
    assert (failure.code, "10000" in failure.detail) == (Code.CONFLICT, True)


def test_a_piece_sent_twice_is_taken_once(engineer: Actor) -> None:
    upload(engineer, piece(0, 10_000))
    assert upload(engineer, piece(0, 10_000))["received"] == 10_000
    assert upload(engineer, piece(10_000, 100_000))["state"] == "verified"
    assert upload(engineer, piece(0, 10_000))["state"] == "verified"


def test_wrong_bytes_are_rejected_and_may_be_sent_anew(engineer: Actor) -> None:
    bad = bytes(len(IMAGE))
    assert upload(engineer, piece(0, 100_000, bad))["state"] == "rejected"
    failure = refused(engineer, piece(50_000, 60_000))
    assert (failure.code, "begin again" in failure.detail) == (Code.CONFLICT, True)
    assert upload(engineer, piece(0, 50_000))["state"] == "receiving"
    assert upload(engineer, piece(50_000, 100_000))["state"] == "verified"


def test_an_upload_is_resumed_by_another_engineer_of_the_tenant(
    engineer: Actor, tenant: Tenant
) -> None:
    upload(engineer, piece(0, 40_000))
    other = factories.actor_of("engineer", tenant)
    assert upload(other, piece(40_000, 100_000))["state"] == "verified"


def test_a_file_that_is_gone_is_asked_for_from_its_beginning(engineer: Actor) -> None:
    begun = upload(engineer, piece(0, 40_000))
    store.path_of(FirmwareImage.system.get(id=begun["image"])).unlink()
    failure = refused(engineer, piece(40_000, 100_000))
    assert (failure.code, "begins at 0" in failure.detail) == (Code.CONFLICT, True)
    assert upload(engineer, piece(0, 100_000))["state"] == "verified"


@pytest.mark.parametrize(
    "changes", [{"version": "26.01"}, {"size": 200_000}, {"device_models": ["Another"]}]
)
def test_the_same_bytes_under_other_words_are_a_conflict(
    engineer: Actor, changes: dict[str, Any]
) -> None:
    upload(engineer, piece(0, 10_000))
    failure = refused(engineer, piece(10_000, 20_000, **changes))
    assert (failure.code, NEW_VERSION in failure.detail) == (Code.CONFLICT, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": "not base64!"},
        {"data": "abc\u00e9"},
        {"data": ""},
        {"offset": 99_999},
        {"sha256": "ABC"},
        {"size": 0},
        {"size": 10**12},
        {"device_models": []},
    ],
)
def test_nonsense_is_invalid(engineer: Actor, changes: dict[str, Any]) -> None:
    assert refused(engineer, piece(0, 10_000, **changes)).code is Code.INVALID


def test_tenants_keep_their_images_apart(engineer: Actor) -> None:
    upload(engineer, piece(0, 100_000))
    stranger = factories.actor_of("engineer")
    assert call(stranger, "miners.firmware.list", {}).output == {"images": []}
    assert upload(stranger, piece(0, 50_000))["state"] == "receiving"


def test_the_list_is_newest_first(engineer: Actor, clock: Any) -> None:
    upload(engineer, piece(0, 100_000))
    clock.advance(60)
    newer = build_image("26.09", size=5_000)
    data = piece(0, 5_000, newer, version="26.09", sha256=sha256(newer).hexdigest(), size=5_000)
    upload(engineer, data)
    output = call(engineer, "miners.firmware.list", {}).output
    assert output is not None
    assert [row["version"] for row in output["images"]] == ["26.09", NEW_VERSION]


def test_an_operator_may_not_upload(operator: Actor) -> None:
    assert refused(operator, piece(0, 10)).code is Code.FORBIDDEN


def test_an_engineer_of_one_place_may_not_fill_the_library_of_all(tenant: Tenant) -> None:
    local = factories.actor_of("engineer", tenant, site_path="/mine/r1/")
    failure = refused(local, piece(0, 10_000))
    assert failure.code is Code.FORBIDDEN
    assert "whole tenant" in failure.detail
    assert FirmwareImage.system.count() == 0
    assert not list(store.folder().glob(f"{tenant.id}-*"))
    (denial,) = AuditLog.system.filter(operation="miners.firmware.upload", entry="denied")
    assert (denial.verdict, denial.actor_id) == ("forbidden", local.id)


def test_an_engineer_of_one_place_sees_what_may_be_installed(
    engineer: Actor, tenant: Tenant
) -> None:
    upload(engineer, piece(0, 100_000))
    local = factories.actor_of("engineer", tenant, site_path="/mine/r1/")
    output = call(local, "miners.firmware.list", {}).output
    assert output is not None
    assert [row["version"] for row in output["images"]] == [NEW_VERSION]


def test_a_withdrawn_image_takes_no_more(engineer: Actor) -> None:
    begun = upload(engineer, piece(0, 10_000))
    FirmwareImage.system.filter(id=begun["image"]).update(state=ImageState.WITHDRAWN)
    assert refused(engineer, piece(10_000, 20_000)).code is Code.CONFLICT


def test_wrong_words_are_mended_by_beginning_anew(engineer: Actor) -> None:
    assert upload(engineer, piece(0, 100_000, bytes(len(IMAGE)), version="26.1"))["detail"]
    begun = upload(engineer, piece(0, 50_000))
    assert (begun["state"], begun["detail"]) == ("receiving", "")
    assert upload(engineer, piece(50_000, 100_000))["state"] == "verified"
    assert FirmwareImage.system.get().version == NEW_VERSION
