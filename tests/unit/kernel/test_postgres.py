"""The database back-end counts every statement, and notices a server that went away."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from prometheus_client import REGISTRY

from apps.accounts.models import Tenant

pytestmark = pytest.mark.django_db(transaction=True)
LABELS = {"alias": "default", "vendor": "postgresql"}


def sample(name: str, **more: str) -> float:
    return REGISTRY.get_sample_value(name, {**LABELS, **more}) or 0.0


@pytest.fixture
def second() -> Iterator[BaseDatabaseWrapper]:
    """A connection of one's own beside the thread's."""
    made = connections.create_connection("default")
    yield made
    made.close()


def backend() -> int:
    """The process of the server that serves Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_backend(second: BaseDatabaseWrapper) -> int:
    """Ends it from outside and waits until it is gone; the process it was."""
    pid = backend()
    with second.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    return pid


def test_statements_are_counted_and_timed() -> None:
    counted, timed = "django_db_execute_total", "django_db_query_duration_seconds_count"
    before = sample(counted), sample(timed)
    list(Tenant.objects.all())
    assert (sample(counted) - before[0], sample(timed) - before[1]) == (1, 1)


def test_statements_of_a_batch_are_counted_each() -> None:
    counted, many = "django_db_execute_total", "django_db_execute_many_total"
    before = sample(counted), sample(many)
    with connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [(1,), (2,), (3,)])
    assert (sample(counted) - before[0], sample(many) - before[1]) == (3, 3)


def test_refused_statements_are_counted_by_their_kind() -> None:
    before = sample("django_db_errors_total", type="UndefinedTable")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    assert sample("django_db_errors_total", type="UndefinedTable") - before == 1


def test_a_quiet_connection_is_usable_without_asking() -> None:
    backend()
    before = sample("django_db_execute_total")
    assert connection.is_usable()
    assert sample("django_db_execute_total") == before


def test_a_notice_that_waits_does_not_make_it_unusable(second: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("LISTEN somewhere")
    with second.cursor() as cursor:
        cursor.execute("NOTIFY somewhere")
    assert connection.is_usable()
    with connection.cursor() as cursor:
        cursor.execute("UNLISTEN somewhere")


def test_an_ended_server_is_noticed_and_replaced(second: BaseDatabaseWrapper) -> None:
    gone = end_backend(second)
    connection.close_if_unusable_or_obsolete()  # as at the beginning of a request
    assert backend() != gone


def test_a_closed_connection_is_not_usable(second: BaseDatabaseWrapper) -> None:
    end_backend(second)
    assert not connection.is_usable()
    connection.close()
    assert not connection.is_usable()
    backend()
    assert connection.is_usable()
