"""What an assistant may read without calling anything: devices, jobs, approvals, a summary."""

from apps.mcp.resources.reading import MIME_TYPE, listed, read, templates, unreadable

__all__ = ["MIME_TYPE", "listed", "read", "templates", "unreadable"]
