from typing import Any

import pytest
from django.db import transaction

from apps.accounts.models import Tenant
from apps.events.models import Outbox
from apps.fleet import services
from apps.fleet.drivers import Probe
from apps.fleet.models import Credential, Device, DeviceState, DeviceStatus, SiteKind
from apps.fleet.shards import shard_of
from apps.kernel.crypto import WrongKey
from apps.kernel.errors import Code, Failure
from apps.kernel.keyring import keyring, reseal
from tests.support import factories

SECRET = "hunter2-very-secret"


@pytest.fixture(autouse=True)
def networks(allow: Any) -> None:
    allow("10.0.0.0/8")


def create(tenant: Tenant, **fields: Any) -> Device:
    given = {"driver_name": "echo", "name": "Lobby", "address": "10.0.0.5", **fields}
    return services.device_create(site=factories.site(tenant), **given)


def changes(device: Device) -> list[str]:
    rows = Outbox.objects.filter(type="fleet.device.changed", device_id=device.id).order_by("id")
    return [row.payload["change"] for row in rows]


def code_of(call: Any, *arguments: Any, **options: Any) -> Code:
    with pytest.raises(Failure) as caught:
        call(*arguments, **options)
    return caught.value.code


def test_a_registered_device_has_kind_place_shard_and_state(tenant: Tenant) -> None:
    device = create(tenant, serial="S1", tags=["hall"])
    assert (device.kind, device.site_path, device.shard) == ("core", "/plant/", shard_of(device.id))
    assert DeviceState.objects.get(device=device).liveness == "never"
    assert changes(device) == ["registered"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"driver_name": "nothing"}, Code.INVALID),
        ({"address": "192.168.1.1"}, Code.INVALID),
        ({"address": "169.254.169.254"}, Code.INVALID),
        ({"address": "127.0.0.1"}, Code.INVALID),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    tenant: Tenant, fields: dict[str, Any], code: Code
) -> None:
    assert code_of(create, tenant, **fields) is code
    assert not Device.system.exists()
    assert not Outbox.objects.exists()


@pytest.mark.parametrize(
    "same", [{"name": "Lobby"}, {"serial": "S1"}, {"mac": "00:11:22:33:44:55"}]
)
def test_names_serials_and_macs_are_taken_once(tenant: Tenant, same: dict[str, str]) -> None:
    create(tenant, serial="S1", mac="00:11:22:33:44:55")
    assert code_of(create, tenant, **{"name": "Other", **same}) is Code.CONFLICT
    assert Device.system.count() == 1
    create(factories.tenant(), **{"name": "Other", **same})


def test_a_decommissioned_device_s_name_is_free_again(tenant: Tenant) -> None:
    services.device_retire(create(tenant, serial="S1"))
    create(tenant, serial="S1")
    assert Device.system.filter(status=DeviceStatus.ACTIVE).count() == 1


def test_editing_moves_the_device_s_place_with_its_site(tenant: Tenant) -> None:
    device = create(tenant)
    hall = factories.site(tenant, "/plant/hall/")
    before = services.device_update(device, {"site": hall, "name": "Foyer"})
    assert before["name"] == "Lobby"
    assert (device.site_path, device.name) == ("/plant/hall/", "Foyer")
    assert changes(device) == ["registered", "edited"]


def test_editing_to_a_forbidden_address_changes_nothing(tenant: Tenant) -> None:
    device = create(tenant)
    assert code_of(services.device_update, device, {"address": "::1"}) is Code.INVALID
    assert Device.system.get().address == "10.0.0.5"
    assert changes(device) == ["registered"]


def test_tags_are_kept_sorted_and_told_when_they_change(tenant: Tenant) -> None:
    device = create(tenant, tags=["b"])
    assert services.device_retag(device, add=["c", "a"], remove=["b"]) == ["a", "c"]
    assert services.device_retag(device, add=["a"], remove=["x"]) == ["a", "c"]
    assert changes(device) == ["registered", "tagged"]


def test_tags_are_told_only_with_what_they_belong_to(tenant: Tenant) -> None:
    device = create(tenant)
    with transaction.atomic():
        services.device_retag(device, add=["a"], remove=[])
        transaction.set_rollback(True)
    assert Device.system.get().tags == []
    assert changes(device) == ["registered"]


def test_what_a_device_says_of_itself_is_kept_unless_it_is_another(tenant: Tenant) -> None:
    device = create(tenant)
    assert services.device_identify(device, Probe(serial="S9", firmware="2.0"))
    assert services.device_identify(device, Probe(serial="S9", firmware="2.0"))
    assert not services.device_identify(device, Probe(serial="S10", firmware="3.0"))
    stored = Device.system.get()
    assert (stored.serial, stored.firmware) == ("S9", "2.0")
    assert changes(device) == ["registered", "identified"]


def test_places_nest_by_path(tenant: Tenant) -> None:
    top = services.site_create(
        tenant_id=tenant.id, parent=None, slug="works", name="Works", kind=SiteKind.SITE
    )
    rack = services.site_create(
        tenant_id=tenant.id, parent=top, slug="r1", name="Rack 1", kind=SiteKind.RACK
    )
    assert rack.path == "/works/r1/"
    again = {"tenant_id": tenant.id, "parent": top, "slug": "r1", "name": "x", "kind": "rack"}
    assert code_of(services.site_create, **again) is Code.CONFLICT


# -- credentials


def test_a_stored_secret_is_not_readable_in_the_row(tenant: Tenant) -> None:
    device = create(tenant)
    row = services.credential_set(device, {"pin": SECRET})
    stored = bytes(Credential.objects.get(device=device).sealed)
    assert SECRET.encode() not in stored
    assert SECRET in keyring().unseal(stored).decode()
    assert row.version == 1
    assert services.credential_set(device, {"pin": "x"}).version == 2


def test_secrets_the_driver_does_not_know_are_refused(tenant: Tenant) -> None:
    device = create(tenant)
    with pytest.raises(Failure) as caught:
        services.credential_set(device, {"password": SECRET})
    assert caught.value.errors[0].allowed == "user, pin"
    assert SECRET not in caught.value.detail
    assert not Credential.objects.exists()


def test_retiring_deletes_the_secrets(tenant: Tenant) -> None:
    device = create(tenant)
    services.credential_set(device, {"pin": SECRET})
    services.device_retire(device)
    assert not Credential.objects.exists()


def test_rotation_moves_every_secret_to_the_newest_key(tenant: Tenant, allow: Any) -> None:
    from cryptography.fernet import Fernet
    from pydantic import SecretStr

    old, new = SecretStr(Fernet.generate_key().decode()), SecretStr(Fernet.generate_key().decode())
    allow("10.0.0.0/8", credential_keys=(old,))
    device = create(tenant)
    services.credential_set(device, {"pin": SECRET})
    allow("10.0.0.0/8", credential_keys=(new, old))
    assert services.credentials_rotate() == 1
    allow("10.0.0.0/8", credential_keys=(new,))
    assert SECRET in keyring().unseal(bytes(Credential.objects.get().sealed)).decode()
    allow("10.0.0.0/8", credential_keys=(old,))
    with pytest.raises(WrongKey):
        services.credentials_rotate()


def test_a_secret_set_while_rotating_stays(tenant: Tenant) -> None:
    device = create(tenant)
    services.credential_set(device, {"pin": "old"})

    class Slow:
        """Rotates, and meanwhile somebody sets another secret."""

        def rotate(self, sealed: bytes) -> bytes:
            services.credential_set(device, {"pin": "new"})
            return keyring().rotate(sealed)

    assert reseal(Credential.objects.all(), "sealed", ring=Slow()) == 0
    assert keyring().unseal(bytes(Credential.objects.get().sealed)) == b'{"pin":"new"}'
