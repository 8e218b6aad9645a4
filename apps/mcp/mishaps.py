"""What goes wrong below the protocol: counted, and never told to a caller in its own words."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from apps.mcp import metrics
from apps.mcp.calls import protocol_error
from apps.mcp.visit import Visit
from apps.operations.failures import internal

log = structlog.get_logger(__name__)


@contextmanager
def noted(visit: Visit) -> Iterator[None]:
    """Count what is answered by an error, and let no mistake of ours reach a caller.

    The SDK would tell a handshake-era client the text of any exception.
    """
    try:
        yield
    except MCPError as error:
        visit.failed = metrics.ERROR_TYPES.get(error.code, "protocol")
        raise
    except ValidationError:
        visit.failed = "invalid_params"
        raise
    except Exception as error:  # the one place where a mistake in this face becomes an answer
        visit.failed = "internal"
        log.exception("request failed", method=visit.method)
        raise protocol_error(internal(visit.request_id), visit) from error
