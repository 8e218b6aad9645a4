"""Registers the app: the face of assistants."""

from django.apps import AppConfig


class McpConfig(AppConfig):
    """The face of assistants."""

    name = "apps.mcp"
    label = "mcp_face"
    verbose_name = "MCP"
