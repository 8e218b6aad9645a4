"""A list of rows in the back office: of one tenant, read-only, with verbs for actions."""

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from unfold.admin import ModelAdmin

from apps.accounts.models import User
from apps.accounts.selectors import actor_of
from apps.ops.backoffice.acting import act, confirm_page
from apps.ops.backoffice.verbs import Verb, may, person, wishes_of


class Rows(ModelAdmin):  # type: ignore[misc]  # Unfold ships without types
    """What every list shares. The forms change nothing: what acts is an operation.

    `tenant_field` is the look-up that names a row's tenant. Only columns in `fields` are ever
    shown, only those in `list_filter` and `lookups` can be asked for in the address.
    """

    tenant_field: ClassVar[str] = "tenant_id"
    verbs: ClassVar[tuple[Verb, ...]] = ()
    lookups: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the superuser's own tenant."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(self.own(person(request)))

    def own(self, user: User) -> Q:
        """What makes a row one of the user's tenant."""
        return Q(**{self.tenant_field: user.tenant_id})

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Django lets any column be compared, hashes too, one letter at a time."""
        name = lookup.partition("__")[0]
        return name in self.lookups or name in self.list_filter

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(self.admin_site.has_permission(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.admin_site.has_permission(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The verbs that the person's grants allow; Django's own deletion is none of them."""
        actor = actor_of(person(request))
        return {
            verb.name: (action(verb), verb.name, verb.title)
            for verb in self.verbs
            if may(actor, verb)
        }

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What happened to a row is in the audit log, whoever did it through which face."""
        audit = reverse(f"{self.admin_site.name}:audit_auditlog_changelist")
        return redirect(f"{audit}?{urlencode({'object_id': object_id})}")


def action(verb: Verb) -> Any:
    """A verb in the form that Django calls actions in."""

    def run(rows: Rows, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
        waiting = act(request, wishes_of(verb, chosen))
        if not waiting:
            return None
        context = rows.admin_site.each_context(request)
        return confirm_page(request, context, waiting, back=request.path)

    return run
