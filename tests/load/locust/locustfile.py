"""The reference load scenarios: `locust -f tests/load/locust/locustfile.py Status`, or `make load`.

One scenario a run, by the name of its class: Status, Firmware or Mixed.
"""

from tests.load.locust import verdict
from tests.load.locust.firmware import Firmware
from tests.load.locust.mixed import Mixed
from tests.load.locust.status import Status

__all__ = ["Firmware", "Mixed", "Status", "verdict"]
