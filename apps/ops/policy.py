"""The Content-Security-Policy of answers: pages have the configured one, data have a constant."""

from typing import Final

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponseBase

#: Data never load anything and are never framed.
DATA: Final = "default-src 'none'; frame-ancestors 'none'"


class PagePolicy(CSPMiddleware):
    """Builds a page's policy for pages only: it costs more than a small answer does."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if str(response.get("Content-Type", "")).startswith("application/"):
            response.headers.setdefault(HEADER, DATA)
            return response
        page: HttpResponseBase = super().process_response(request, response)
        return page
