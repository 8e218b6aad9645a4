from typing import Any

import pytest

from apps.accounts.models import Tenant
from apps.accounts.selectors import actor_of
from apps.fleet import selectors
from apps.fleet.models import Device, DeviceStatus
from apps.kernel.actor import Actor
from apps.kernel.errors import Code, Failure
from apps.kernel.ids import new_id
from apps.kernel.querysets import UnscopedQueryError
from tests.support import factories


def missing(*arguments: object, **options: object) -> str:
    with pytest.raises(Failure) as caught:
        selectors.device_get(*arguments, **options)  # type: ignore[arg-type]  # passed on
    assert caught.value.code is Code.NOT_FOUND
    return caught.value.detail


def test_a_device_is_found_by_id_text_and_name(tenant: Tenant) -> None:
    device = factories.device(tenant, name="Lobby")
    viewer = factories.actor_of("viewer", tenant)
    for name in (device.id, str(device.id), "Lobby"):
        assert selectors.device_get(viewer, name) == device
    assert selectors.device_get(viewer, "Lobby", kind="core") == device


def test_absent_foreign_and_other_kinds_read_the_same(tenant: Tenant) -> None:
    factories.device(tenant, name="Lobby")
    viewer, foreign = factories.actor_of("viewer", tenant), factories.actor_of("admin")
    assert missing(viewer, "Nothing").replace("Nothing", "Lobby") == missing(foreign, "Lobby")
    assert "miner" in missing(viewer, "Lobby", kind="miner")
    missing(viewer, new_id())


def names(actor: Actor, *wanted: str, lock: bool = False) -> list[str]:
    found = selectors.devices_named(actor, wanted, "fleet.view", lock=lock)
    return [device.name for device in found]


@pytest.mark.parametrize("lock", [False, True])
def test_named_devices_come_once_and_as_they_were_named(tenant: Tenant, lock: bool) -> None:
    first, second = factories.device(tenant, name="B"), factories.device(tenant, name="A")
    factories.device(tenant, name="C")
    viewer = factories.actor_of("viewer", tenant)
    spelled = (str(first.id), "A", "B", str(second.id).upper().replace("-", ""))
    assert names(viewer, *spelled, lock=lock) == ["B", "A"]


def test_an_id_counts_before_a_name_that_looks_like_it(tenant: Tenant) -> None:
    meant = factories.device(tenant, name="Lobby")
    factories.device(tenant, name=str(meant.id))
    assert names(factories.actor_of("viewer", tenant), str(meant.id)) == ["Lobby"]
    gone = str(new_id())
    factories.device(tenant, name=gone)
    assert names(factories.actor_of("viewer", tenant), gone) == [gone]


def test_one_unknown_name_refuses_them_all(tenant: Tenant) -> None:
    factories.device(tenant, name="Lobby")
    factories.device(name="Foreign")
    factories.device(tenant, name="Gone", status=DeviceStatus.DECOMMISSIONED)
    viewer = factories.actor_of("viewer", tenant)
    for unknown in ("Foreign", "Gone", str(new_id())):
        with pytest.raises(Failure, match=f"no device {unknown!r}") as caught:
            names(viewer, "Lobby", unknown)
        assert caught.value.code is Code.NOT_FOUND
    with pytest.raises(Failure):
        selectors.devices_named(viewer, ["Lobby"], "fleet.configure")


def test_of_several_names_the_wrong_one_is_told_with_the_nearest(tenant: Tenant) -> None:
    factories.device(tenant, name="Lobby Core")
    factories.device(name="Loby Cores")
    viewer = factories.actor_of("viewer", tenant)
    with pytest.raises(Failure, match=r"Did you mean 'Lobby Core'\?"):
        names(viewer, "Lobby Core", "Loby Core")


def test_many_devices_are_named_by_one_statement(
    tenant: Tenant, django_assert_num_queries: Any
) -> None:
    wanted = [factories.device(tenant).name for _ in range(5)]
    viewer = factories.actor_of("viewer", tenant)
    with django_assert_num_queries(1):
        assert names(viewer, *wanted) == wanted


def test_the_permission_that_is_asked_for_counts(tenant: Tenant) -> None:
    factories.device(tenant, name="Lobby")
    missing(factories.actor_of("viewer", tenant), "Lobby", permission="fleet.configure")
    engineer = factories.actor_of("engineer", tenant)
    assert selectors.device_get(engineer, "Lobby", permission="fleet.configure").name == "Lobby"


def test_decommissioned_devices_are_gone(tenant: Tenant) -> None:
    factories.device(tenant, name="Lobby", status=DeviceStatus.DECOMMISSIONED)
    missing(factories.actor_of("admin", tenant), "Lobby")


def test_a_grant_on_one_device_shows_that_one(tenant: Tenant) -> None:
    seen = factories.device(tenant, name="Seen")
    factories.device(tenant, name="Hidden")
    person = factories.user(tenant, "viewer", site_path="/nowhere/")
    factories.grant(person, "viewer", site_path=None, devices=(seen.id,))
    actor = actor_of(person)
    assert list(selectors.devices(actor)) == [seen]


def test_summaries_are_shared_by_those_who_see_the_same(tenant: Tenant) -> None:
    first, second = factories.actor_of("viewer", tenant), factories.actor_of("viewer", tenant)
    local = factories.actor_of("viewer", tenant, site_path="/plant/")
    narrow = factories.scoped_actor("viewer", ("fleet:read",), tenant)
    assert selectors.rights_digest(first) == selectors.rights_digest(second)
    digests = {selectors.rights_digest(actor) for actor in (first, local, narrow)}
    assert len(digests) == 3


def test_rows_are_never_read_for_nobody(tenant: Tenant) -> None:
    factories.device(tenant)
    with pytest.raises(UnscopedQueryError):
        list(Device.objects.all())


def test_the_state_of_an_unseen_device_is_blank(tenant: Tenant) -> None:
    state = selectors.device_state(factories.device(tenant))
    assert (state.liveness, state.seen_at, state.summary) == ("never", None, {})


def test_places_are_seen_below_the_grant(tenant: Tenant) -> None:
    factories.site_tree(tenant)
    local = factories.actor_of("viewer", tenant, site_path="/plant/hall-a/")
    paths = [site.path for site in selectors.sites(local)]
    assert paths == ["/plant/hall-a/", "/plant/hall-a/rack-1/"]
    with pytest.raises(Failure, match="no site") as refused:
        selectors.site_get(local, "/plant/hall-b/")
    assert refused.value.detail.endswith("Did you mean '/plant/hall-a/'?")
