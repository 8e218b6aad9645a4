"""Every unary method of the contract as a function of the state, for all faces alike."""

from __future__ import annotations

from collections.abc import Mapping

from apps.miners.simulator.method import Method, Methods
from apps.miners.simulator.methods import (
    actions,
    authentication,
    configuration,
    cooling,
    miner,
    network,
    performance,
    pools,
    upgrade,
    version,
)

_V1 = "/braiins.bos.v1."

_SERVICES: dict[str, Methods] = {
    "/braiins.bos.ApiVersionService": version.METHODS,
    f"{_V1}AuthenticationService": authentication.METHODS,
    f"{_V1}ActionsService": actions.METHODS,
    f"{_V1}MinerService": miner.METHODS,
    f"{_V1}PerformanceService": performance.METHODS,
    f"{_V1}PoolService": pools.METHODS,
    f"{_V1}CoolingService": cooling.METHODS,
    f"{_V1}NetworkService": network.METHODS,
    f"{_V1}ConfigurationService": configuration.METHODS,
    f"{_V1}LicenseService": configuration.LICENSE_METHODS,
    f"{_V1}UpgradeService": upgrade.METHODS,
}

# By path, `/package.Service/Method`.
UNARY: Mapping[str, Method] = {
    f"{service}/{name}": method
    for service, methods in _SERVICES.items()
    for name, method in methods.items()
}
