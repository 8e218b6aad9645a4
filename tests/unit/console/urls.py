"""The console alone, at the root."""

from django.urls import include, path

urlpatterns = [path("", include("apps.console.urls"))]
