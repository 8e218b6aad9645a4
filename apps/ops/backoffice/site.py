"""The site at /admin/: superusers of a tenant alone, and no way to write past an operation."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.sites import UnfoldAdminSite

from apps.accounts.models import User, UserKind
from apps.kernel.errors import Failure
from apps.ops.backoffice.acting import act, confirm_page
from apps.ops.backoffice.verbs import opened, person

#: Django's views that tell of, or write to, rows of any tenant.
LEFT_OUT: Final = frozenset({"view_on_site", "autocomplete"})

#: Alpine evaluates the expressions in Unfold's templates, and those bring styles of their own.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


class BackOffice(UnfoldAdminSite):  # type: ignore[misc]  # Unfold ships without types
    """Read-only lists; what acts is an operation, called with the face `admin`."""

    site_header = site_title = "Control Plane"
    index_title = "Back office"
    final_catch_all_view = False

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """What Unfold's frame is told: our name, and no link to a change of password."""
        console = {"title": "Console", "link": "/"}
        names = {"site_title": self.site_title, "site_header": self.site_header}
        return {**context, **names, "account_links": [console]}

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every page under the policy that Alpine can live with, and kept in no cache."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            response = guarded(request, *args, **kwargs)
            response["Content-Security-Policy"] = POLICY
            return response

        return page

    def has_permission(self, request: HttpRequest) -> bool:
        """A person who is a superuser, and of which tenant is known."""
        user = request.user
        return (
            isinstance(user, User)
            and user.is_active
            and user.is_superuser
            and user.kind == UserKind.PERSON
            and user.tenant_id is not None
        )

    def get_urls(self) -> list[URLPattern]:
        """Django's and Unfold's, without what reaches past the tenant."""
        kept = [one for one in super().get_urls() if getattr(one, "name", "") not in LEFT_OUT]
        return [path("confirm/", self.admin_view(self.confirm), name="confirm"), *kept]

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The product's one log-in, which locks accounts and leaves evidence."""
        if self.has_permission(request):
            return redirect(reverse(f"{self.name}:index"))
        if request.user.is_authenticated:
            raise Http404
        index = reverse(f"{self.name}:index")
        target = request.GET.get("next", index)
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
            target = index
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': target})}")

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Passwords are no row of the back office."""
        raise Http404

    def password_change_done(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The same."""
        raise Http404

    def confirm(self, request: HttpRequest) -> HttpResponse:
        """Make the calls whose plans were shown; asks again where a plan has changed."""
        if request.method != "POST":
            raise Http404
        back = request.POST.get("back", "")
        if not url_has_allowed_host_and_scheme(back, None):
            back = reverse(f"{self.name}:index")
        try:
            wishes = opened(request.POST.get("wishes", ""), person(request))
        except Failure as failure:
            messages.error(request, failure.detail)
            return redirect(back)
        waiting = act(request, wishes, request.POST.get("reason", ""))
        if waiting:
            return confirm_page(request, self.each_context(request), waiting, back)
        return redirect(back)
