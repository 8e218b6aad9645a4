"""Addresses of the REST face, below /api/."""

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from apps.api import documents, operations, tokens
from apps.api.resources.alerts import Alerts, Deliveries, Routes, Silences
from apps.api.resources.archives import Archives
from apps.api.resources.events import Events
from apps.api.resources.evidence import Approvals, AuditEntries
from apps.api.resources.exports import Exports
from apps.api.resources.fleet import Devices, Sites, Targets
from apps.api.resources.jobs import Jobs, Schedules
from apps.api.resources.pages import Pages
from apps.api.resources.policies import Policies

router = SimpleRouter()
for name, resource in (
    ("sites", Sites),
    ("devices", Devices),
    ("targets", Targets),
    ("alerts", Alerts),
    ("silences", Silences),
    ("routes", Routes),
    ("deliveries", Deliveries),
    ("jobs", Jobs),
    ("schedules", Schedules),
    ("policies", Policies),
    ("exports", Exports),
    ("archives", Archives),
    ("pages", Pages),
    ("approvals", Approvals),
    ("audit", AuditEntries),
    ("events", Events),
):
    router.register(name, resource, basename=f"api-{name}")

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/operations/", operations.list_operations, name="api-operations"),
    path("v1/operations/<str:name>", operations.call_operation, name="api-operation"),
    path("v1/auth/token", tokens.token, name="api-token"),
    path("v1/auth/me", tokens.me, name="api-me"),
    path("v1/", include(router.urls)),
    path("schema/", documents.schema, name="api-schema"),
    path("docs/", documents.docs, name="api-docs"),
    path("docs/failures", documents.failures, name="api-failures"),
]
