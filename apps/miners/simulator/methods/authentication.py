"""Login and password of a simulated miner."""

from __future__ import annotations

from apps.miners.contract.generated import bos_authentication_pb2 as pb
from apps.miners.simulator.method import Methods
from apps.miners.simulator.refusal import Kind, Refusal
from apps.miners.simulator.state import MinerState

USER = "root"


def login(state: MinerState, request: pb.LoginRequest) -> pb.LoginResponse:
    if request.username != USER or request.password != state.settings.password:
        state.history.record("login_refused")
        raise Refusal(Kind.UNAUTHENTICATED, "invalid username or password")
    state.history.record("login")
    return pb.LoginResponse(token=state.tokens.issue(), timeout_s=state.tokens.lifetime_s)


def set_password(state: MinerState, request: pb.SetPasswordRequest) -> pb.SetPasswordResponse:
    if not state.faults.old_password:
        state.settings.password = request.password
    state.history.record("password")
    return pb.SetPasswordResponse()


METHODS: Methods = {"Login": login, "SetPassword": set_password}
