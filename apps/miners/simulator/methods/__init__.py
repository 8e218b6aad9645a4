"""Every method of the contract as a function of the state, for all faces alike."""

from __future__ import annotations

from collections.abc import Mapping

from apps.miners.simulator.method import Method, Methods, Streamed
from apps.miners.simulator.methods import (
    actions,
    advanced,
    authentication,
    boards,
    configuration,
    cooling,
    miner,
    network,
    performance,
    pools,
    records,
    scaling,
    upgrade,
    version,
)

_V1 = "/braiins.bos.v1."

_SERVICES: dict[str, Methods] = {
    "/braiins.bos.ApiVersionService": version.METHODS,
    f"{_V1}AuthenticationService": authentication.METHODS,
    f"{_V1}ActionsService": actions.METHODS,
    f"{_V1}MinerService": {**miner.METHODS, **boards.METHODS},
    f"{_V1}PerformanceService": {**performance.METHODS, **scaling.METHODS},
    f"{_V1}PoolService": pools.METHODS,
    f"{_V1}CoolingService": cooling.METHODS,
    f"{_V1}NetworkService": network.METHODS,
    f"{_V1}ConfigurationService": configuration.METHODS,
    f"{_V1}LicenseService": configuration.LICENSE_METHODS,
    f"{_V1}UpgradeService": upgrade.METHODS,
    f"{_V1}AdvancedSettingsService": advanced.METHODS,
}

# By path, `/package.Service/Method`.
UNARY: Mapping[str, Method] = {
    f"{service}/{name}": method
    for service, methods in _SERVICES.items()
    for name, method in methods.items()
}
# Those that answer with a stream that ends.
STREAMED: Mapping[str, Streamed] = {
    f"{_V1}MinerService/{name}": method for name, method in records.STREAMED.items()
}
