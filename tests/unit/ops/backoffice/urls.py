"""The product's addresses with the back office at /admin/."""

from django.urls import path

from apps.ops.backoffice.office import office
from controlplane import urls

urlpatterns = [
    *(one for one in urls.urlpatterns if str(one.pattern) != "admin/"),
    path("admin/", office.urls),
]
