"""The services of the contract, by name, for whoever calls, serves or compares them."""

from __future__ import annotations

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from apps.miners.contract.generated import (
    bos_actions_pb2,
    bos_advanced_pb2,
    bos_authentication_pb2,
    bos_configuration_pb2,
    bos_cooling_pb2,
    bos_license_pb2,
    bos_miner_pb2,
    bos_network_pb2,
    bos_performance_pb2,
    bos_pool_pb2,
    bos_upgrade_pb2,
    bos_version_pb2,
)

FILES: tuple[FileDescriptor, ...] = (
    bos_version_pb2.DESCRIPTOR,
    bos_authentication_pb2.DESCRIPTOR,
    bos_actions_pb2.DESCRIPTOR,
    bos_miner_pb2.DESCRIPTOR,
    bos_performance_pb2.DESCRIPTOR,
    bos_pool_pb2.DESCRIPTOR,
    bos_cooling_pb2.DESCRIPTOR,
    bos_network_pb2.DESCRIPTOR,
    bos_configuration_pb2.DESCRIPTOR,
    bos_license_pb2.DESCRIPTOR,
    bos_upgrade_pb2.DESCRIPTOR,
    bos_advanced_pb2.DESCRIPTOR,
)

SERVICES: dict[str, ServiceDescriptor] = {
    service.full_name: service for file in FILES for service in file.services_by_name.values()
}

# Answered without a token: the probe of discovery, and the door itself.
OPEN_METHODS = frozenset(
    {
        "/braiins.bos.ApiVersionService/GetApiVersion",
        "/braiins.bos.v1.AuthenticationService/Login",
    }
)


def path_of(method: MethodDescriptor) -> str:
    """The path of a method on the wire, `/package.Service/Method`."""
    return f"/{method.containing_service.full_name}/{method.name}"


def request_class(method: MethodDescriptor) -> type[Message]:
    """The class of what a method takes."""
    return GetMessageClass(method.input_type)


def response_class(method: MethodDescriptor) -> type[Message]:
    """The class of what a method gives (each item, where it streams)."""
    return GetMessageClass(method.output_type)


METHODS: dict[str, MethodDescriptor] = {
    path_of(method): method for service in SERVICES.values() for method in service.methods
}
