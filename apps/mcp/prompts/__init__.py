"""Prompts: a task told by somebody who knows the work, with what is known now under it."""

from apps.mcp.prompts.asking import filled
from apps.mcp.prompts.table import PROMPTS, listed, require

__all__ = ["PROMPTS", "filled", "listed", "require"]
