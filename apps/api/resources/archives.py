"""Support archives of miners, as REST shows and hands them out."""

from typing import Any, Final

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
from apps.miners.archives.files import path_of
from apps.miners.services.archives import archives
from apps.operations.door import invoke

MEDIA: Final = "application/zip"


class ArchiveRow(serializers.Serializer[Any]):
    """A file that is whole; `file` below its address hands it out."""

    id = serializers.UUIDField()
    device = serializers.UUIDField()
    job_id = serializers.UUIDField()
    name = serializers.CharField()
    firmware = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    made_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class Archives(Resource):
    """Support archives of miners, newest first."""

    noun = "archive"
    serializer_class = ArchiveRow
    columns = (
        *("id", "device_id", "job_id", "name", "firmware", "size", "sha256", "made_by"),
        *("created_at", "expires_at"),
    )
    filters = {
        "device": filters.uuid("device_id", "Archives of this miner."),
        "job": filters.uuid("job_id", "The archive that this job fetched."),
    }

    def rows(self, actor: Actor) -> QuerySet[Any]:
        return archives(actor).filter(expires_at__gt=clock.now())

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        row["device"] = row.pop("device_id")
        return row

    @extend_schema(responses={(200, MEDIA): OpenApiTypes.BINARY})
    @action(detail=True, url_path="file")
    def file(self, request: Request, pk: str) -> FileResponse:
        """The file itself. Fetching it is a call of `miners.archive.download`, and leaves
        evidence."""
        row = self.row(actor_in(request), pk)
        body = ApiCallIn(input={"archive": str(row["id"])})
        invoke(call_of(request._request, "miners.archive.download", actor_in(request), body))
        try:
            opened = path_of(row["job_id"]).open("rb")
        except FileNotFoundError:
            raise not_found(self.noun, pk) from None
        return FileResponse(opened, as_attachment=True, filename=row["name"], content_type=MEDIA)
