"""Pages that are long over are not kept for ever."""

from datetime import datetime

from apps.qsys.models import OVER, Page


def pages_forget(oldest: datetime) -> None:
    """Drop pages that were over before `oldest`; one that is still followed stays."""
    Page.system.filter(state__in=OVER, changed_at__lt=oldest).delete()
