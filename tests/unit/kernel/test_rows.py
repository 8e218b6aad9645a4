"""Plain inserts write what the ORM would have written."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Tenant
from apps.events.models import Outbox
from apps.fleet.models import Device
from apps.jobs.models import Job
from apps.kernel.ids import new_id
from apps.kernel.rows import insert, insert_if_new, update
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_row_comes_back_as_it_was() -> None:
    made = factories.job(input={"ü": [1, None]}, sentence="x")
    twin = Job.system.get(id=made.id)
    twin.id, twin.call_id = new_id(), new_id()
    insert(twin)
    stored = Job.system.get(id=twin.id)
    for field in Job._meta.concrete_fields:
        if field.name not in ("id", "call_id", "updated_at"):
            assert getattr(stored, field.attname) == getattr(made, field.attname), field.name


def test_taken_row_is_refused_or_left() -> None:
    first = Tenant(slug="one", name="One")
    insert(first)
    again = Tenant(slug="one", name="Two")
    assert not insert_if_new(again)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(again)
    assert insert_if_new(Tenant(slug="two", name="Two"))
    assert list(Tenant.objects.values_list("name", flat=True)) == ["One", "Two"]


def test_rows_of_several_models_go_in_by_one_statement(
    django_assert_num_queries: Any,
) -> None:
    with django_assert_num_queries(1):
        insert(
            Tenant(slug="one", name="One; DROP TABLE x --"),
            Outbox(type="a", permission="fleet.view", payload={"%s": "50 %"}),
            Tenant(slug="two", name="Two"),
        )
    assert set(Tenant.objects.values_list("name", flat=True)) == {"One; DROP TABLE x --", "Two"}
    assert Outbox.objects.get().payload == {"%s": "50 %"}


def test_none_of_several_rows_stays_when_one_is_refused() -> None:
    insert(Tenant(slug="one", name="One"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Tenant(slug="two", name="Two"), Tenant(slug="one", name="Again"))
    assert Tenant.objects.get().name == "One"


def test_update_writes_the_named_fields_of_one_row() -> None:
    tenant = factories.tenant()
    device, other = factories.device(tenant), factories.device(tenant)
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, UTC)
    device.tags, device.ports, device.created_at = ["b", "a"], {"qrc": 1710}, moment
    device.name = "not written"
    assert update(device, "tags", "ports", "created_at")
    stored = Device.system.get(id=device.id)
    assert (stored.tags, stored.ports) == (["b", "a"], {"qrc": 1710})
    assert stored.created_at == moment
    assert stored.name != "not written"
    assert Device.system.get(id=other.id).tags == other.tags


def test_update_of_a_row_that_is_gone_says_so() -> None:
    device = factories.device()
    Device.system.filter(id=device.id).delete()
    assert not update(device, "tags")
    assert not Device.system.exists()
