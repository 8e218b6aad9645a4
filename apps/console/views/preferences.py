"""What a person sets for their own eyes: the time zone in which pages tell times."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.console import zones
from apps.console.access import page, show
from apps.kernel import clock
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.operations.failures import TABLE


@page
def preferences(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show and keep the choice; it touches nobody else, so it is a view's and no operation's."""
    if request.method != "POST":
        return _shown(request, actor, zones.chosen(request))
    name = request.POST.get(zones.CHOSEN, "").strip()[:100]
    try:
        zones.choose(request, name)
    except Failure as failure:
        return _shown(request, actor, name, failure)
    return redirect("console:preferences")


def _shown(
    request: HttpRequest, actor: Actor, name: str, failure: Failure | None = None
) -> HttpResponse:
    context = {
        "chosen": name,
        "browser": request.COOKIES.get(zones.COOKIE, ""),
        "zones": sorted(zones.known()),
        "now": clock.now(),
        "failure": failure,
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "preferences.html", context, status=status)
