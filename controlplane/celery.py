"""The Celery application, and what beat starts."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "controlplane.settings")

app = Celery("controlplane")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "due": {"task": "operations.due", "schedule": 1.0, "options": {"expires": 2}},
    "supervise": {"task": "fleet.supervise", "schedule": 1.0, "options": {"expires": 5}},
    "orphans": {"task": "fleet.orphans", "schedule": 5.0, "options": {"expires": 5}},
    "recover": {"task": "operations.recover", "schedule": 5.0, "options": {"expires": 5}},
    "seal": {"task": "audit.seal", "schedule": 1.0, "options": {"expires": 2}},
    "verify": {"task": "audit.verify", "schedule": crontab(hour=3, minute=17)},
    "health": {"task": "ops.health", "schedule": 60.0, "options": {"expires": 30}},
    "qsys.partitions": {"task": "qsys.partitions", "schedule": 3600.0},
    "miners.partitions": {"task": "miners.partitions", "schedule": 3600.0},
    "expire": {"task": "operations.expire", "schedule": 300.0, "options": {"expires": 60}},
}
app.autodiscover_tasks()
