"""Changes of the fleet: places, devices, credentials, state."""

from apps.fleet.services.circuits import circuit_get, circuit_save
from apps.fleet.services.credentials import credential_set, credentials_rotate
from apps.fleet.services.devices import (
    device_create,
    device_identify,
    device_retag,
    device_retire,
    device_update,
)
from apps.fleet.services.ranges import range_delete, range_get, range_login, range_save
from apps.fleet.services.sites import site_create
from apps.fleet.services.state import Reading, state_lost, state_write_many, states_age
from apps.fleet.services.stops import stop_lift, stop_set

__all__ = [
    "Reading",
    "circuit_get",
    "circuit_save",
    "credential_set",
    "credentials_rotate",
    "device_create",
    "device_identify",
    "device_retag",
    "device_retire",
    "device_update",
    "range_delete",
    "range_get",
    "range_login",
    "range_save",
    "site_create",
    "state_lost",
    "state_write_many",
    "states_age",
    "stop_lift",
    "stop_set",
]
