"""Sites, devices, their credentials and state, leases, shards, targets of jobs and alerts."""

from apps.fleet.models.alert import (
    Alert,
    AlertRound,
    AlertSetting,
    AlertState,
    Severity,
    Silence,
)
from apps.fleet.models.circuit import Circuit
from apps.fleet.models.device import Credential, Device, DeviceKind, DeviceStatus
from apps.fleet.models.leases import DeviceLease, Shard
from apps.fleet.models.range import DiscoveryRange
from apps.fleet.models.rollout import (
    Member,
    MemberState,
    PauseCause,
    Phase,
    PhaseState,
    Rollout,
    RolloutState,
)
from apps.fleet.models.route import Channel, Delivery, DeliveryState, Route, Template
from apps.fleet.models.site import Site, SiteKind
from apps.fleet.models.state import DeviceState, Liveness
from apps.fleet.models.stop import EmergencyStop
from apps.fleet.models.target import Target, TargetState
from apps.fleet.models.window import MaintenanceWindow

__all__ = [
    "Alert",
    "AlertRound",
    "AlertSetting",
    "AlertState",
    "Channel",
    "Circuit",
    "Credential",
    "Delivery",
    "DeliveryState",
    "Device",
    "DeviceKind",
    "DeviceLease",
    "DeviceState",
    "DeviceStatus",
    "DiscoveryRange",
    "EmergencyStop",
    "Liveness",
    "MaintenanceWindow",
    "Member",
    "MemberState",
    "PauseCause",
    "Phase",
    "PhaseState",
    "Rollout",
    "RolloutState",
    "Route",
    "Severity",
    "Shard",
    "Silence",
    "Site",
    "SiteKind",
    "Target",
    "TargetState",
    "Template",
]
