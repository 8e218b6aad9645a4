"""PostgreSQL with every statement counted, at a cost that short statements can bear."""

import select
from time import perf_counter
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django_prometheus.db import errors_total, execute_total, query_duration_seconds
from django_prometheus.db.backends.postgresql.base import DatabaseWrapper as CountingWrapper
from django_prometheus.db.common import ExportingCursorWrapper
from psycopg.pq import ConnStatus


class DatabaseWrapper(CountingWrapper):  # type: ignore[misc]  # django-prometheus has no types
    """django-prometheus' wrapper, with its labels looked up once and a check that asks nobody."""

    def get_connection_params(self) -> dict[str, Any]:
        params = base.DatabaseWrapper.get_connection_params(self)
        params["cursor_factory"] = counted(params["cursor_factory"], self.alias, self.vendor)
        return params

    def is_usable(self) -> bool:
        """Whether the server is still there, asked at the beginning of each request.

        A server that ends says so, and between statements it says nothing else: silence on the
        socket saves a round trip, and anything heard is looked at by asking.
        """
        if self.connection is None:
            return False
        pgconn = self.connection.pgconn
        quiet = pgconn.status == ConnStatus.OK and not heard(pgconn.socket)
        return quiet or bool(super().is_usable())


def heard(descriptor: int) -> bool:
    """Whether something arrived on a socket, its end included."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def counted(cursor: type[Any], alias: str, vendor: str) -> type[Any]:
    """A cursor class that counts and times what it executes, as django-prometheus names it."""
    executed = execute_total.labels(alias, vendor)
    duration = query_duration_seconds.labels(alias, vendor)
    exporting: Any = ExportingCursorWrapper(cursor, alias, vendor)

    class Counted(exporting):  # type: ignore[misc]  # made at run time, as its base is
        def execute(self, *args: Any, **kwargs: Any) -> Any:
            executed.inc()
            began = perf_counter()
            try:
                return cursor.execute(self, *args, **kwargs)
            except psycopg.Error as error:
                errors_total.labels(alias, vendor, type(error).__name__).inc()
                raise
            finally:
                duration.observe(perf_counter() - began)

    return Counted
