"""Which part of the product answers which address."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from apps.live.views import ticket
from apps.ops.backoffice.office import office

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/stream-tickets/", ticket, name="stream-ticket"),
    path("api/", include("apps.api.urls")),
    path("", include("apps.oauth.urls")),
    path("", include("apps.console.urls")),
]
if settings.CONFIG.admin_enabled:
    urlpatterns.append(path("admin/", office.urls))

handler400 = "apps.api.errors.bad_request_page"
handler404 = "apps.api.errors.not_found_page"
handler500 = "apps.api.errors.server_error_page"
