"""The Celery application of the workers, and what beat starts."""

import gc
import os
from typing import Any, Final

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_before_create_process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")
# `migrate` has checked the project before any worker starts; each worker would load every page,
# form and schema of the web only to check them again.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "due": {"task": "operations.due", "schedule": 1.0, "options": {"expires": 2}},
    "supervise": {"task": "fleet.supervise", "schedule": 1.0, "options": {"expires": 5}},
    "rollouts": {"task": "fleet.rollouts", "schedule": 1.0, "options": {"expires": 5}},
    "alerts": {"task": "fleet.alerts", "schedule": 5.0, "options": {"expires": 5}},
    "deliveries": {"task": "fleet.deliveries", "schedule": 1.0, "options": {"expires": 2}},
    "orphans": {"task": "fleet.orphans", "schedule": 5.0, "options": {"expires": 5}},
    "recover": {"task": "operations.recover", "schedule": 5.0, "options": {"expires": 5}},
    "seal": {"task": "audit.seal", "schedule": 1.0, "options": {"expires": 2}},
    "verify": {"task": "audit.verify", "schedule": crontab(hour=3, minute=17)},
    "health": {"task": "ops.health", "schedule": 60.0, "options": {"expires": 30}},
    "qsys.follow": {"task": "qsys.follow", "schedule": 5.0, "options": {"expires": 5}},
    "qsys.tally": {"task": "qsys.tally", "schedule": 60.0, "options": {"expires": 30}},
    "qsys.exports": {"task": "qsys.exports", "schedule": 300.0, "options": {"expires": 60}},
    "qsys.partitions": {"task": "qsys.partitions", "schedule": 3600.0},
    "miners.archives": {"task": "miners.archives", "schedule": 300.0, "options": {"expires": 60}},
    "miners.curtail": {"task": "miners.curtail", "schedule": 2.0, "options": {"expires": 5}},
    "miners.triggers": {"task": "miners.triggers", "schedule": 10.0, "options": {"expires": 10}},
    "miners.partitions": {"task": "miners.partitions", "schedule": 3600.0},
    "miners.rollups": {"task": "miners.rollups", "schedule": 60.0, "options": {"expires": 30}},
    "expire": {"task": "operations.expire", "schedule": 300.0, "options": {"expires": 60}},
}

app = Celery("controlplane")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def share_memory(**_: Any) -> None:
    """What is loaded before a fork stays shared with the child.

    The child's collector would otherwise write to, and so copy, every page that holds an object.
    """
    gc.collect()
    gc.freeze()


worker_before_create_process.connect(share_memory)
