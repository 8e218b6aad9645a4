"""Addresses of the REST face, below /api/."""

from django.urls import URLPattern, URLResolver, path

from apps.api import operations

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/operations/", operations.list_operations, name="api-operations"),
    path("v1/operations/<str:name>", operations.call_operation, name="api-operation"),
]
