"""The revision of the API, told without a login."""

from __future__ import annotations

from apps.miners.contract.generated import bos_version_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.releases import api_minor
from apps.miners.simulator.state import MinerState


def get_api_version(state: MinerState, _request: pb.ApiVersionRequest) -> pb.ApiVersion:
    return pb.ApiVersion(major=1, minor=api_minor(state.version))


METHODS: Methods = {"GetApiVersion": get_api_version}
