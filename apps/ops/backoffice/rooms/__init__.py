"""Which models the back office shows, and how."""

from typing import Final

from django.db.models import Model

from apps.accounts.models import ApiKey, Assistant, Client, Grant, Role, Tenant, User
from apps.audit.models import AuditLog
from apps.fleet.models import Device
from apps.jobs.models import Job, Schedule
from apps.miners.models import Miner
from apps.ops.backoffice.rooms import accounts, devices, evidence, work
from apps.ops.backoffice.rows import Rows
from apps.qsys.models import Core

ROOMS: Final[tuple[tuple[type[Model], type[Rows]], ...]] = (
    (Device, devices.DeviceRows),
    (Core, devices.CoreRows),
    (Miner, devices.MinerRows),
    (Job, work.JobRows),
    (Schedule, work.ScheduleRows),
    (AuditLog, evidence.AuditRows),
    (Tenant, accounts.TenantRows),
    (User, accounts.UserRows),
    (Role, accounts.RoleRows),
    (Grant, accounts.GrantRows),
    (ApiKey, accounts.KeyRows),
    (Client, accounts.ClientRows),
    (Assistant, accounts.AssistantRows),
)
