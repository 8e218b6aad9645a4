"""Exported files of Cores, as REST shows and hands them out."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from apps.api import filters
from apps.api.operations import ApiCallIn, call_of
from apps.api.resources.base import Resource, actor_in
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import not_found
from apps.operations.door import invoke
from apps.qsys.exports.files import path_of
from apps.qsys.exports.writing import MEDIA
from apps.qsys.models import ExportContent, ExportFormat
from apps.qsys.services.exports import exports


class ExportRow(serializers.Serializer[Any]):
    """A file that is whole; `file` below its address hands it out."""

    id = serializers.UUIDField()
    device = serializers.UUIDField()
    job_id = serializers.UUIDField()
    content = serializers.ChoiceField(ExportContent.choices)
    format = serializers.ChoiceField(ExportFormat.choices)
    name = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    rows = serializers.IntegerField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    made_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class Exports(Resource):
    """Exported files, newest first."""

    noun = "export"
    serializer_class = ExportRow
    columns = (
        *("id", "device_id", "job_id", "content", "format", "name", "since", "until"),
        *("rows", "size", "sha256", "made_by", "created_at", "expires_at"),
    )
    filters = {
        "device": filters.uuid("device_id", "Files of this Core."),
        "job": filters.uuid("job_id", "The file that this job made."),
        "content": filters.choice("content", ExportContent.values, "What is in it."),
        "format": filters.choice("format", ExportFormat.values, "What it is written as."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return exports(actor).filter(expires_at__gt=clock.now())

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["device"] = row.pop("device_id")
        return row

    @extend_schema(
        responses={(200, media.partition(";")[0]): OpenApiTypes.BINARY for media in MEDIA.values()}
    )
    @action(detail=True, url_path="file")
    def file(self, request: Request, pk: str) -> FileResponse:
        """The file itself. Fetching it is a call of `qsys.export.download`, and leaves evidence."""
        row = self.row(actor_in(request), pk)
        body = ApiCallIn(input={"export": str(row["id"])})
        invoke(call_of(request._request, "qsys.export.download", actor_in(request), body))
        try:
            opened = path_of(row["job_id"], row["format"]).open("rb")
        except FileNotFoundError:
            raise not_found(self.noun, pk) from None
        return FileResponse(
            opened, as_attachment=True, filename=row["name"], content_type=MEDIA[row["format"]]
        )
