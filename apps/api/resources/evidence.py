"""Audit entries and requests for a second person, as REST shows them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.api import filters
from apps.api.resources.base import Resource
from apps.audit.models import Entry
from apps.audit.selectors import entries
from apps.kernel.actor import Actor
from apps.operations.approvals import visible
from apps.operations.models import ApprovalState


class AuditRow(serializers.Serializer[Any]):
    """One piece of evidence; an outcome names its intent."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    entry = serializers.ChoiceField(Entry.choices)
    intent_id = serializers.UUIDField(allow_null=True)
    operation = serializers.CharField()
    face = serializers.CharField()
    actor_kind = serializers.CharField()
    actor_id = serializers.UUIDField()
    actor_label = serializers.CharField()
    acts_for = serializers.UUIDField(allow_null=True)
    credential_id = serializers.UUIDField(allow_null=True)
    client = serializers.CharField()
    address = serializers.CharField()
    object_kind = serializers.CharField()
    object_id = serializers.UUIDField(allow_null=True)
    object_label = serializers.CharField()
    site_path = serializers.CharField()
    device_id = serializers.UUIDField(allow_null=True)
    verdict = serializers.CharField()
    detail = serializers.CharField()
    reason = serializers.CharField()
    input = serializers.DictField()
    before = serializers.JSONField(help_text="Any JSON; null where there is none.")
    after = serializers.JSONField(help_text="Any JSON; null where there is none.")
    plan_hash = serializers.CharField()
    call_id = serializers.UUIDField(allow_null=True)
    job_id = serializers.UUIDField(allow_null=True)
    request_id = serializers.CharField()
    trace_id = serializers.CharField()
    duration_ms = serializers.IntegerField(allow_null=True)


class ApprovalRow(serializers.Serializer[Any]):
    """A request for a second person, bound to one plan."""

    id = serializers.UUIDField()
    operation = serializers.CharField()
    input = serializers.DictField()
    plan = serializers.DictField()
    plan_hash = serializers.CharField()
    reason = serializers.CharField()
    site_path = serializers.CharField()
    device_id = serializers.UUIDField(allow_null=True)
    requester_id = serializers.UUIDField()
    requester_label = serializers.CharField()
    state = serializers.ChoiceField(ApprovalState.choices)
    approver_id = serializers.UUIDField(allow_null=True)
    approver_label = serializers.CharField()
    comment = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class AuditEntries(Resource):
    """The audit log, newest first."""

    noun = "audit entry"
    serializer_class = AuditRow
    columns = tuple(AuditRow().fields)
    filters = {
        "entry": filters.choice("entry", Entry.values, "What kind of entry."),
        "operation": filters.text("operation", "Name of the operation."),
        "actor": filters.text("actor_label", "Who acted, by name."),
        "verdict": filters.text("verdict", "How it ended: `ok` or a failure's code."),
        "object": filters.uuid("object_id", "What it is about."),
        "device": filters.uuid("device_id", "The device it is about."),
        "call": filters.uuid("call_id", "Call."),
        "job": filters.uuid("job_id", "Job."),
        "request": filters.text("request_id", "Request id."),
        "since": filters.moment("at__gte", "At or after this time."),
        "until": filters.moment("at__lt", "Before this time."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return entries(actor)


class Approvals(Resource):
    """Requests for a second person, newest first."""

    noun = "approval"
    serializer_class = ApprovalRow
    columns = tuple(ApprovalRow().fields)
    filters = {
        "state": filters.choice("state", ApprovalState.values, "Where the request stands."),
        "operation": filters.text("operation", "Name of the operation."),
        "requester": filters.text("requester_label", "Who asks, by name."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return visible(actor)
