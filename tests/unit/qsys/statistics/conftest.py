"""The Core in hall A of the inventory's tests."""

from tests.unit.qsys.inventory.conftest import ask, device, viewer

__all__ = ["ask", "device", "viewer"]
