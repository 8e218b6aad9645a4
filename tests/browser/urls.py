"""The product's addresses, and three that go wrong."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.urls import path

from controlplane import urls as product

handler400 = product.handler400
handler404 = product.handler404
handler500 = product.handler500


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


urlpatterns = [
    path("trial/400/", suspicious),
    path("trial/403/", forbidden),
    path("trial/500/", broken),
    *product.urlpatterns,
]
