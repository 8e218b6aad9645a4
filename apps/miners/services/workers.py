"""Names of workers: variables of a template filled in from what is known of a miner."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from apps.fleet.models import Device
from apps.kernel.errors import conflict, invalid, nearest

_VARIABLE: Final = re.compile(r"\{([^{}]*)\}")
#: Pools take these in a worker's name; all else becomes a dash.
_STRANGE: Final = re.compile(r"[^A-Za-z0-9_-]+")

VARIABLES: Final[Mapping[str, Callable[[Device], str]]] = {
    "name": lambda device: device.name,
    "mac": lambda device: device.mac.replace(":", ""),
    "serial": lambda device: device.serial,
    "ip": lambda device: device.address.replace(".", "x"),
    "site": lambda device: device.site_path.strip("/").rpartition("/")[2],
    "model": lambda device: device.model,
}


def require_known(user: str, path: str) -> None:
    """Raises `invalid` for a variable there is none of."""
    for name in _VARIABLE.findall(user):
        if name not in VARIABLES:
            guess = nearest(name, VARIABLES)
            hint = f" Did you mean {{{guess}}}?" if guess else ""
            allowed = ", ".join(f"{{{one}}}" for one in VARIABLES)
            raise invalid(path, f"has {{{name}}}, which is no variable.{hint}", allowed=allowed)


def filled(user: str, device: Device) -> str:
    """The name with its variables filled in; raises `conflict` where one is not known yet."""

    def value(found: re.Match[str]) -> str:
        known = _STRANGE.sub("-", VARIABLES[found.group(1)](device)).strip("-")
        if not known:
            words = f"{found.group()} of {device.name} is not known yet"
            raise conflict(f"{words}; probe the device first, or use another variable.")
        return known

    return _VARIABLE.sub(value, user)
