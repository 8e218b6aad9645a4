"""Jobs with their logs, and schedules, as REST shows them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import filters
from apps.api.pagination import Order, limit_of
from apps.api.resources.base import Resource, actor_in
from apps.api.resources.schema import LIMIT
from apps.jobs import selectors
from apps.jobs.models import Job, JobLog, JobState
from apps.kernel.actor import Actor
from apps.kernel.errors import invalid

LINE_NUMBER_LONGEST = 18
LOG_PARAMETERS = [
    OpenApiParameter(
        "after",
        {"type": "integer", "minimum": 0, "maximum": 10**LINE_NUMBER_LONGEST - 1, "default": 0},
        description="Number of the last line seen.",
    ),
    LIMIT,
]


class JobRow(serializers.Serializer[Any]):
    """An accepted call. `output` is there when it succeeded, `failure_code` when it did not."""

    id = serializers.UUIDField()
    operation = serializers.CharField()
    state = serializers.ChoiceField(JobState.choices)
    actor_label = serializers.CharField()
    face = serializers.CharField()
    call_id = serializers.UUIDField()
    request_id = serializers.CharField()
    reason = serializers.CharField()
    site_path = serializers.CharField()
    device_id = serializers.UUIDField(allow_null=True)
    object_label = serializers.CharField()
    input = serializers.DictField()
    output = serializers.DictField(allow_null=True)
    failure_code = serializers.CharField()
    failure_detail = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    sentence = serializers.CharField()
    cancel = serializers.CharField()
    retry_of_id = serializers.UUIDField(allow_null=True)
    wake_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class JobLogRow(serializers.Serializer[Any]):
    """One line of a job's log."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    level = serializers.CharField()
    message = serializers.CharField()


class JobLogPage(serializers.Serializer[Any]):
    """Lines in order; `next` is what `after` gets to go on, now or later."""

    items = JobLogRow(many=True)
    next = serializers.IntegerField()


class ScheduleRow(serializers.Serializer[Any]):
    """An operation, and when it is called."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    operation = serializers.CharField()
    input = serializers.DictField()
    cron = serializers.CharField()
    time_zone = serializers.CharField()
    enabled = serializers.BooleanField()
    site_path = serializers.CharField()
    device_id = serializers.UUIDField(allow_null=True)
    overlap = serializers.CharField()
    catch_up = serializers.CharField()
    jitter_seconds = serializers.IntegerField()
    next_run_at = serializers.DateTimeField(allow_null=True)
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_verdict = serializers.CharField()
    last_detail = serializers.CharField()
    last_job_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class Jobs(Resource):
    """Jobs, newest first."""

    noun = "job"
    serializer_class = JobRow
    columns = tuple(JobRow().fields)
    filters = {
        "state": filters.choice("state", JobState.values, "Where the job stands."),
        "operation": filters.text("operation", "Name of the operation."),
        "device": filters.uuid("device_id", "The device it is about."),
        "site": filters.text("site_path__startswith", "A site's path; what lies below as well."),
        "call": filters.uuid("call_id", "The call it came from."),
        "since": filters.moment("created_at__gte", "Accepted at or after this time."),
        "until": filters.moment("created_at__lt", "Accepted before this time."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.jobs(actor)

    @extend_schema(responses=JobLogPage, parameters=LOG_PARAMETERS)
    @action(detail=True, url_path="log", url_name="log")
    def log(self, request: Request, pk: str) -> Response:
        """Lines of the job's log after line `after`; ask again with `next` to follow it."""
        query = request._request.GET
        filters.read_query(query, {}, ("after", "limit"))
        after = line_number(query.get("after"))
        limit = limit_of(query.get("limit"))
        job = Job(id=self.row(actor_in(request), pk)["id"])
        lines = selectors.log_lines(job, after=after, limit=limit)
        return Response(
            {"items": [shown(line) for line in lines], "next": lines[-1].id if lines else after}
        )


def shown(line: JobLog) -> dict[str, Any]:
    """A line in the shape of `JobLogRow`."""
    return {"id": line.id, "at": line.at, "level": line.level, "message": line.message}


def line_number(text: str | None) -> int:
    """`after` as a number; nothing means from the start."""
    if text is None:
        return 0
    if text.isascii() and text.isdigit() and len(text) <= LINE_NUMBER_LONGEST:
        return int(text)
    raise invalid("after", "is not the number of a line.", allowed="`next` of the page before")


class Schedules(Resource):
    """Schedules, by name."""

    noun = "schedule"
    serializer_class = ScheduleRow
    columns = tuple(ScheduleRow().fields)
    order = Order(("name", "id"))
    filters = {
        "operation": filters.text("operation", "Name of the operation."),
        "enabled": filters.boolean("enabled", "Whether it is switched on."),
        "device": filters.uuid("device_id", "The device it is about."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return selectors.schedules(actor)
