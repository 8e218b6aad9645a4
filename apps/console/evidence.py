"""Audit entries for reading: an intent together with the outcome that names it."""

from typing import Any

from apps.audit.models import AuditLog, AuditRows, Entry


class Shown:
    """An entry with its ending, as templates read it; everything else is the entry's own."""

    def __init__(self, entry: AuditLog) -> None:
        self._entry = entry
        endings = list(entry.outcomes.all()) if entry.entry == Entry.INTENT else []
        self.ending = endings[0] if endings else None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


def with_endings(rows: AuditRows, most: int) -> list[Shown]:
    """The newest `most` entries; an outcome is shown with its intent, not by itself."""
    found = rows.exclude(entry=Entry.OUTCOME, intent__isnull=False)
    return [Shown(entry) for entry in found.prefetch_related("outcomes")[:most]]
