"""The search behind Ctrl-K: as a fragment for the dialog, or as a page of its own."""

from django.http import HttpRequest, HttpResponse

from apps.console import search as finding
from apps.console.access import page, show
from apps.kernel.actor import Actor


@page
def search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What fits `?q=`, in groups."""
    text = request.GET.get("q", "").strip()[: finding.LONGEST]
    template = "_hits.html" if request.headers.get("HX-Request") else "search.html"
    return show(request, actor, template, {"q": text, "groups": finding.search(actor, text)})
