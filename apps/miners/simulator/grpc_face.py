"""The gRPC face of a simulated miner (port 50051): the contract's methods and reflection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc_reflection.v1alpha.reflection_pb2_grpc import add_ServerReflectionServicer_to_server

from apps.miners.contract.generated import bos_authentication_pb2 as authentication_pb
from apps.miners.contract.generated import bos_miner_pb2 as miner_pb
from apps.miners.contract.generated import bos_upgrade_pb2 as upgrade_pb
from apps.miners.contract.services import OPEN_METHODS, SERVICES, path_of, request_class
from apps.miners.simulator.methods import STREAMED, UNARY
from apps.miners.simulator.methods.upgrade import Upload
from apps.miners.simulator.reflection import StateReflection
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

Context = grpc.aio.ServicerContext[Any, Any]

# One socket per address: with SO_REUSEPORT a second process would silently share the miner.
_OPTIONS = (("grpc.so_reuseport", 0),)
_STATUS = "/braiins.bos.v1.MinerService/GetMinerStatus"
_UPGRADE = "/braiins.bos.v1.UpgradeService/SystemUpgrade"
_STATUS_PERIOD_S = 1.0


class GrpcFace:
    """Opens and closes the gRPC server of one miner; `drop` cuts every connection."""

    def __init__(self, state: MinerState, drop: Callable[[], None]) -> None:
        self._state = state
        self._drop = drop
        self._server: grpc.aio.Server | None = None
        self._closing: asyncio.Future[None] | None = None

    async def open(self, address: str, port: int) -> None:
        """Binds and serves; raises OSError when the address cannot be had."""
        server = grpc.aio.server(options=_OPTIONS)
        for name, service in SERVICES.items():
            handlers = {method.name: self._handler(method) for method in service.methods}
            generic = grpc.method_handlers_generic_handler(name, handlers)
            server.add_generic_rpc_handlers((generic,))
        add_ServerReflectionServicer_to_server(StateReflection(self._state), server)
        try:
            server.add_insecure_port(f"{address}:{port}")
        except RuntimeError as error:
            raise OSError(f"{address}:{port} cannot be bound") from error
        # Kept before the wait: a stop in the middle of it must find the server.
        self._server = server
        await server.start()

    async def close(self) -> None:
        """Stops at once; calls under way are cut."""
        if self._server is not None:
            self._closing = asyncio.ensure_future(self._server.stop(grace=0))
            self._server = None
        if self._closing is not None:
            # A grpc.aio server whose stop is cancelled hangs at the next one.
            await asyncio.shield(self._closing)

    def _handler(self, method: MethodDescriptor) -> grpc.RpcMethodHandler[Any, Any]:
        path = path_of(method)
        read, write = request_class(method).FromString, self._writer(path)
        if path == _STATUS:
            return grpc.unary_stream_rpc_method_handler(self._status, read, write)
        if path == _UPGRADE:
            return grpc.stream_unary_rpc_method_handler(self._system_upgrade, read, write)
        if path in STREAMED:
            return grpc.unary_stream_rpc_method_handler(self._streamed(path), read, write)
        return grpc.unary_unary_rpc_method_handler(self._unary(path), read, write)

    def _writer(self, path: str) -> Callable[[Message], bytes]:
        def write(message: Message) -> bytes:
            return self._state.faults.garbled(path, message.SerializeToString())

        return write

    def _unary(self, path: str) -> Callable[[Message, Context], Any]:
        async def behaviour(request: Message, context: Context) -> Message:
            try:
                await self._admit(path, context)
                response = UNARY[path](self._state, request)
            except Refusal as refusal:
                await _abort(context, refusal)
            if isinstance(response, authentication_pb.LoginResponse):
                # Older clients take the token from here.
                await context.send_initial_metadata((("authorization", response.token),))
            return response

        return behaviour

    def _streamed(self, path: str) -> Callable[[Message, Context], Any]:
        async def behaviour(request: Message, context: Context) -> AsyncIterator[Message]:
            try:
                await self._admit(path, context)
                for message in STREAMED[path](self._state, request):
                    yield message
            except Refusal as refusal:
                await _abort(context, refusal)

        return behaviour

    async def _status(
        self, _request: miner_pb.GetMinerStatusRequest, context: Context
    ) -> AsyncIterator[miner_pb.GetMinerStatusResponse]:
        try:
            await self._admit(_STATUS, context)
        except Refusal as refusal:
            await _abort(context, refusal)
        while True:
            yield miner_pb.GetMinerStatusResponse(status=self._state.status())
            await asyncio.sleep(_STATUS_PERIOD_S)

    async def _system_upgrade(
        self, requests: AsyncIterator[upgrade_pb.SystemUpgradeRequest], context: Context
    ) -> upgrade_pb.SystemUpgradeResponse:
        try:
            await self._admit(_UPGRADE, context)
            return await self._receive(requests)
        except Refusal as refusal:
            await _abort(context, refusal)

    async def _receive(
        self, requests: AsyncIterator[upgrade_pb.SystemUpgradeRequest]
    ) -> upgrade_pb.SystemUpgradeResponse:
        first = await anext(requests, upgrade_pb.SystemUpgradeRequest())
        upload = Upload(self._state, first)
        try:
            async for message in requests:
                await self._state.faults.gate(_UPGRADE)
                upload.take(message)
                await self._maybe_cut(upload)
            return upload.finish()
        except Refusal as refusal:
            upload.abandon(refusal.words)
            raise
        except asyncio.CancelledError:
            upload.abandon("connection lost")
            raise

    async def _maybe_cut(self, upload: Upload) -> None:
        """Plays the fault of a connection that breaks at a byte, once; then reads no more."""
        limit = self._state.faults.drop_upload
        if limit is not None and upload.received >= limit:
            self._state.faults.drop_upload = None
            self._drop()
            await asyncio.get_running_loop().create_future()

    async def _admit(self, path: str, context: Context) -> None:
        await self._state.faults.gate(path)
        if self._state.lacks(path):
            raise Refusal(Kind.UNSUPPORTED, "unknown method")
        if path in OPEN_METHODS:
            return
        metadata = dict(context.invocation_metadata() or ())
        if not self._state.tokens.use(str(metadata.get("authorization", ""))):
            raise Refusal(Kind.UNAUTHENTICATED, "the session token is missing or has expired")


async def _abort(context: Context, refusal: Refusal) -> NoReturn:
    await context.abort(refusal.grpc_code, refusal.words)
    raise AssertionError("abort never returns")
