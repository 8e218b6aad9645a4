"""What proves that a refused call changed nothing on a running plane: prints of its tables."""

import hashlib
import json
from typing import Any

import psycopg

from tests.support.plane import Plane

#: What calls change. Readings, leases and samples change by themselves on a plane that polls.
WATCHED = (
    "accounts_apikey",
    "accounts_bearertoken",
    "accounts_grant",
    "accounts_tenant",
    "accounts_user",
    "fleet_credential",
    "fleet_device",
    "fleet_emergencystop",
    "fleet_site",
    "fleet_target",
    "jobs_job",
    "jobs_joblog",
    "jobs_schedule",
    "miners_firmwareimage",
    "miners_minersnapshot",
    "miners_pooltemplate",
    "operations_approval",
    "operations_idempotencykey",
    "qsys_watch",
)
#: Being used, or seen with a serial number, is not what a call changes.
ASIDE = "'last_used_at', 'last_login', 'serial', 'mac', 'model', 'firmware', 'updated_at'"
#: Events that calls and jobs publish; devices and health tell of themselves.
TOLD = r"^(operations|jobs|fleet\.target)\."


class PlaneWitness:
    """Reads the plane's database directly."""

    def __init__(self, plane: Plane) -> None:
        self.database = psycopg.connect(plane.environ["DATABASE_URL"], autocommit=True)

    def prints(self) -> dict[str, str]:
        """A hash of each watched table, and of the events that calls publish."""
        found = {name: self._print(f'SELECT * FROM "{name}"') for name in WATCHED}
        events = f"SELECT id, type FROM events_outbox WHERE type ~ '{TOLD}'"
        return {**found, "events_outbox": self._print(events)}

    def denials(self, operation: str) -> list[dict[str, Any]]:
        """The denied attempts at an operation, oldest first."""
        rows = self.database.execute(
            "SELECT actor_label, face, verdict FROM audit_auditlog "
            "WHERE entry = 'denied' AND operation = %s ORDER BY at",
            [operation],
        )
        return [{"actor": row[0], "face": row[1], "verdict": row[2]} for row in rows.fetchall()]

    def trail(self) -> int:
        """How many audit rows there are that are no denials, log-ins or seals."""
        query = "SELECT count(*) FROM audit_auditlog WHERE entry NOT IN ('denied', 'login')"
        row = self.database.execute(query).fetchone()
        assert row
        return int(row[0])

    def run(self, query: str, *values: Any) -> None:
        """For what no operation does, such as letting a key expire now."""
        self.database.execute(query, values)

    def _print(self, query: str) -> str:
        shown = f"SELECT (to_jsonb(t) - ARRAY[{ASIDE}])::text FROM ({query}) t ORDER BY 1"
        rows = self.database.execute(shown).fetchall()
        return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
