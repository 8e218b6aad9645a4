"""Claims of calls, and requests for a second person."""

from apps.operations.models.approval import Approval, ApprovalState
from apps.operations.models.claim import IdempotencyKey

__all__ = ["Approval", "ApprovalState", "IdempotencyKey"]
