"""The one back office of the product, furnished; its addresses are mounted at /admin/."""

from typing import Final

from apps.ops.backoffice.rooms import ROOMS
from apps.ops.backoffice.site import BackOffice

office: Final = BackOffice()
for model, rows in ROOMS:
    office.register(model, rows)
