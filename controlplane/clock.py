"""The Celery application of beat: the schedule and the broker alone, without a single Django app.

A clock that loaded the whole product would take as much memory as a worker.
"""

from celery import Celery

from controlplane.celery import SCHEDULE

app = Celery("controlplane", fixups=[])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
