"""Advisory locks of PostgreSQL, which end with the transaction: of several at once, one does it."""

from django.db import connection


def alone(lock: int | str) -> bool:
    """Whether nobody else holds `lock`; it is ours until the running transaction ends.

    Nobody waits. Numbers are constants of whoever locks; words are hashed, so that a lock can be
    one device's.
    """
    place = "%s" if isinstance(lock, int) else "hashtextextended(%s, 0)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({place})", [lock])
        row = cursor.fetchone()
    return bool(row and row[0])
