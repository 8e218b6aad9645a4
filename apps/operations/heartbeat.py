"""Keeping a job's lease alive from a side thread while its step runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import DatabaseError, InterfaceError, connection

from apps.jobs import claims
from apps.jobs.claims import Claim

log = structlog.get_logger(__name__)


@contextmanager
def heartbeat(claim: Claim) -> Iterator[None]:
    """Renew the lease for as long as the block runs, or until it is lost."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(claims.RENEW_SECONDS) and still_held(claim):
                pass
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"lease-{claim.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def still_held(claim: Claim) -> bool:
    """Renew once. A database that is away for a moment takes no lease: the next beat tries."""
    try:
        return claims.renew(claim.job.id, claim.epoch)
    except (DatabaseError, InterfaceError) as error:
        log.warning("lease not renewed", job_id=str(claim.job.id), error=str(error))
        connection.close()
        return True
