"""What the ticks of this app share: of several at once, one does the work."""

from django.db import connection


def alone(lock: int) -> bool:
    """Whether nobody else holds `lock`; it is ours until the running transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        row = cursor.fetchone()
    return bool(row and row[0])
