"""What proves that nothing happened: prints of every table, and devices that count calls."""

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress

from django.db import connection

#: Evidence has tests of its own, and a session is the caller's.
APART = frozenset({"audit_auditlog", "django_session", "django_migrations"})


def tables() -> list[str]:
    """Every table but partitions, which are read through their parents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        )
        return sorted(row[0] for row in cursor.fetchall())


def prints(about: Iterable[str] = ()) -> dict[str, tuple[int, str]]:
    """Rows and a hash of them, by table; `about` limits it to rows with one of these texts.

    When a credential was last used is not told: being used is what a refused one is.
    """
    wanted = list(about)
    one = (
        "SELECT '{table}', count(*), md5(coalesce(string_agg(md5(row), '' ORDER BY md5(row)), ''))"
        " FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM \"{table}\" t) r"
    )
    if wanted:
        one += " WHERE row ILIKE ANY(%s)"
    names = [name for name in tables() if name not in APART]
    query = " UNION ALL ".join(one.format(table=name) for name in names)
    patterns = [f"%{text}%" for text in wanted]
    with connection.cursor() as cursor:
        cursor.execute(query, [patterns] * len(names) if wanted else None)
        return {name: (count, found) for name, count, found in cursor.fetchall()}


def writes() -> dict[str, int]:
    """Rows that the present transaction inserted or deleted, by table, and those it updated where
    nothing may be; what it took back counts as well.

    A credential says when it was last used: updates of such tables are not counted here.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_del, n_tup_upd, EXISTS (SELECT FROM pg_attribute a"
            "  WHERE a.attrelid = relid AND a.attname = 'last_used_at')"
            " FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
        )
        found = {
            name: count if used else count + updated
            for name, count, updated, used in cursor.fetchall()
        }
    return {name: count for name, count in found.items() if count and name not in APART}


class Listener:
    """A device that answers nothing and counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address, self.port = self._socket.getsockname()
        self.calls = 0
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self._socket.accept()
                self.calls += 1
                peer.close()

    def stop(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
