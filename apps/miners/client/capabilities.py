"""Which methods a miner's firmware has, asked by server reflection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError
from grpc_reflection.v1alpha import reflection_pb2

from apps.miners.client.errors import Family, Rejected, translate
from apps.miners.client.link import Deadline, Link

_PATH = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
_OURS = "braiins.bos"

Request = reflection_pb2.ServerReflectionRequest


class Capabilities(frozenset[str]):
    """Full method names, such as `braiins.bos.v1.UpgradeService/SystemUpgrade`."""

    def has(self, method: str) -> bool:
        """Whether the firmware has a method, by full name or by `Service/Method`."""
        return any(name == method or name.endswith(f".{method}") for name in self)


async def capabilities(link: Link, deadline: Deadline) -> Capabilities:
    """Every method of the services of the API. Needs no login."""
    channel = await link.channel(deadline)
    method: Any = channel.stream_stream(
        _PATH,
        Request.SerializeToString,
        reflection_pb2.ServerReflectionResponse.FromString,
    )
    call = method(timeout=deadline.left())
    try:
        listed = await _ask(call, Request(list_services=""))
        names = [service.name for service in listed.list_services_response.service]
        found: set[str] = set()
        for name in names:
            if name.startswith(_OURS):
                answer = await _ask(call, Request(file_containing_symbol=name))
                files = answer.file_descriptor_response.file_descriptor_proto
                found |= set(methods_of(name, files))
    except grpc.aio.AioRpcError as error:
        raise translate(error, deadline.seconds) from error
    except DecodeError as error:
        words = "its description of itself cannot be read"
        raise Rejected(words, Family.OTHER, "DATA_LOSS") from error
    finally:
        call.cancel()
    return Capabilities(found)


def methods_of(service: str, files: Iterable[bytes]) -> Iterator[str]:
    """Full names of a service's methods, read from serialised file descriptors."""
    for raw in files:
        file = FileDescriptorProto.FromString(raw)
        for described in file.service:
            if f"{file.package}.{described.name}" == service:
                yield from (f"{service}/{method.name}" for method in described.method)


async def _ask(call: Any, request: Any) -> Any:
    await call.write(request)
    answer = await call.read()
    if not isinstance(answer, reflection_pb2.ServerReflectionResponse):
        raise Rejected("it ended the conversation", Family.OTHER, "UNKNOWN")
    return answer
