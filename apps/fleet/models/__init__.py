"""Sites, devices, their credentials and state, leases, shards and targets of jobs."""

from apps.fleet.models.device import Credential, Device, DeviceKind, DeviceStatus
from apps.fleet.models.leases import DeviceLease, Shard
from apps.fleet.models.rollout import (
    Member,
    MemberState,
    PauseCause,
    Phase,
    PhaseState,
    Rollout,
    RolloutState,
)
from apps.fleet.models.site import Site, SiteKind
from apps.fleet.models.state import DeviceState, Liveness
from apps.fleet.models.stop import EmergencyStop
from apps.fleet.models.target import Target, TargetState

__all__ = [
    "Credential",
    "Device",
    "DeviceKind",
    "DeviceLease",
    "DeviceState",
    "DeviceStatus",
    "EmergencyStop",
    "Liveness",
    "Member",
    "MemberState",
    "PauseCause",
    "Phase",
    "PhaseState",
    "Rollout",
    "RolloutState",
    "Shard",
    "Site",
    "SiteKind",
    "Target",
    "TargetState",
]
