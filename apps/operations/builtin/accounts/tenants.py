"""The policies a tenant sets for itself."""

from typing import Final, Self

from pydantic import Field, model_validator

from apps.accounts.models import Tenant
from apps.accounts.selectors import tenant_of
from apps.accounts.services import policies_set
from apps.operations.builtin.accounts.shared import (
    FACES,
    MOST_AN_HOUR,
    PERMISSION,
    whole_tenant_by_person,
)
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, Schema

LARGEST_BATCH: Final = 100_000


class AccountsTenantSetIn(Schema):
    """What changes; what is left out stays."""

    batch_threshold: int | None = Field(
        default=None,
        ge=1,
        le=LARGEST_BATCH,
        description="Operations on more targets than this need a second person.",
    )
    agents_need_approval: bool | None = Field(
        default=None, description="Whether all disruptive work of agents needs a second person."
    )
    two_call_confirmation: bool | None = Field(
        default=None,
        description="Whether assistants that cannot ask their person may confirm by a second call.",
    )
    agent_calls_per_hour: int | None = Field(
        default=None, ge=0, le=MOST_AN_HOUR, description="Calls each agent may make in an hour."
    )
    agent_devices_per_hour: int | None = Field(
        default=None, ge=0, le=MOST_AN_HOUR, description="Devices each agent may change in an hour."
    )

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(f"give at least one of {', '.join(type(self).model_fields)}")
        return self


class AccountsTenantPolicies(Schema):
    """All policies of a tenant."""

    batch_threshold: int = Field(
        description="Operations on more targets than this need a second person."
    )
    agents_need_approval: bool = Field(
        description="Whether all disruptive work of agents needs a second person."
    )
    two_call_confirmation: bool = Field(
        description="Whether assistants that cannot ask their person may confirm by a second call."
    )
    agent_calls_per_hour: int = Field(description="Calls each agent may make in an hour.")
    agent_devices_per_hour: int = Field(description="Devices each agent may change in an hour.")


class AccountsTenantSetOut(Schema):
    """The policies before and after."""

    before: AccountsTenantPolicies = Field(description="The policies before.")
    after: AccountsTenantPolicies = Field(description="The policies now.")


def policies_of(tenant: Tenant) -> AccountsTenantPolicies:
    """A tenant's policies as callers see them."""
    return AccountsTenantPolicies(
        batch_threshold=tenant.batch_threshold,
        agents_need_approval=tenant.agents_need_approval,
        two_call_confirmation=tenant.two_call_confirmation,
        agent_calls_per_hour=tenant.agent_calls_per_hour,
        agent_devices_per_hour=tenant.agent_devices_per_hour,
    )


def change(ctx: Context, data: AccountsTenantSetIn) -> AccountsTenantSetOut:
    """Change the policies that are named."""
    tenant = tenant_of(ctx.actor)
    before = policies_of(tenant)
    policies_set(tenant, data.model_dump(exclude_none=True))
    return AccountsTenantSetOut(before=before, after=policies_of(tenant_of(ctx.actor)))


OPERATIONS = (
    Operation(
        name="accounts.tenant.set",
        summary="Change the tenant's policies: who confirms what, and how much agents may do.",
        input=AccountsTenantSetIn,
        output=AccountsTenantSetOut,
        handler=change,
        targets=whole_tenant_by_person,
        permission=PERMISSION,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=FACES,
    ),
)
