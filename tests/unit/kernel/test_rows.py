"""Plain inserts write what the ORM would have written."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import Tenant
from apps.jobs.models import Job
from apps.kernel.ids import new_id
from apps.kernel.rows import insert, insert_if_new
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
