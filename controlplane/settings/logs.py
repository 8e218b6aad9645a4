"""Structured logs: one JSON object a line, with the ids that join log, job and audit."""

import logging.config
from typing import Any

import structlog

from controlplane.config import Config


def logging_config(config: Config) -> None:
    """Send both structlog's and the standard library's records through one formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_tree(config, shared))


def _tree(config: Config, shared: list[Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": config.log_level},
        "loggers": {
            "django.request": {"level": "ERROR"},
            # One line a tick would bury what happened.
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            # At DEBUG these write out codes and tokens.
            "oauthlib": {"level": "WARNING"},
            "oauth2_provider": {"level": "WARNING"},
            "daphne.http_protocol": {"level": "WARNING"},
        },
    }
