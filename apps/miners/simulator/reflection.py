"""Server reflection (v1alpha) of a simulated miner: it shows only methods its firmware has."""

from __future__ import annotations

from collections.abc import AsyncIterable
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha import reflection

from apps.miners.contract.services import FILES, SERVICES, path_of
from apps.miners.simulator.faults import names_method
from apps.miners.simulator.state import MinerState


class StateReflection:
    """Answers from the contract, less what the state says the firmware lacks."""

    def __init__(self, state: MinerState) -> None:
        self._state = state

    async def ServerReflectionInfo(  # noqa: N802 - the name gRPC looks up
        self, requests: AsyncIterable[Any], context: object
    ) -> AsyncIterable[Any]:
        await self._state.faults.gate()
        missing = self._state.missing()
        servicer = reflection.aio.ReflectionServicer(names_without(missing), pool_without(missing))
        async for response in servicer.ServerReflectionInfo(requests, context):
            yield response


@lru_cache(maxsize=16)
def names_without(missing: frozenset[str]) -> tuple[str, ...]:
    """The services of which at least one method is there."""
    kept = [
        name
        for name, service in SERVICES.items()
        if not all(names_method(path_of(method), missing) for method in service.methods)
    ]
    return (*kept, reflection.SERVICE_NAME)


@lru_cache(maxsize=16)
def pool_without(missing: frozenset[str]) -> DescriptorPool | None:
    """A private pool of the contract without the methods named; None means the full one."""
    if not missing:
        return None
    pool = DescriptorPool()
    added: set[str] = set()
    for file in FILES:
        _add(pool, file, missing, added)
    return pool


def _add(
    pool: DescriptorPool, file: FileDescriptor, missing: frozenset[str], added: set[str]
) -> None:
    """Adds a file after what it imports."""
    if file.name in added:
        return
    added.add(file.name)
    for dependency in file.dependencies:
        _add(pool, dependency, missing, added)
    proto = FileDescriptorProto()
    file.CopyToProto(proto)
    for service in proto.service:
        name = f"/{proto.package}.{service.name}"
        kept = [m for m in service.method if not names_method(f"{name}/{m.name}", missing)]
        del service.method[:]
        service.method.extend(kept)
    pool.Add(proto)
