"""A tenant with something of everything, a superuser in it, and a browser of theirs."""

from types import SimpleNamespace

import pytest
from django.test import Client

from apps.accounts.assistants import assistant_connect, client_register
from apps.accounts.authenticate import forget_all
from apps.accounts.models import User
from apps.jobs.models import Schedule
from apps.kernel.valkey import valkey
from apps.miners.models import Miner
from apps.qsys.models import Core
from tests.support import factories
from tests.support.oauth import REDIRECT


@pytest.fixture(autouse=True)
def mounted(settings) -> None:
    settings.ROOT_URLCONF = "tests.unit.ops.backoffice.urls"
    valkey().flushdb()
    forget_all()


@pytest.fixture
def site(db) -> SimpleNamespace:
    return furnished()


@pytest.fixture
def other(db) -> SimpleNamespace:
    return furnished()


@pytest.fixture
def browser(site) -> Client:
    return client_of(site.boss)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def furnished() -> SimpleNamespace:
    """One row of every model that the back office shows."""
    tenant = factories.tenant()
    boss = factories.user(tenant, "admin")
    User.objects.filter(id=boss.id).update(is_superuser=True)
    boss.refresh_from_db()
    core, miner = factories.device(tenant), factories.device(tenant, kind="miner")
    actor = factories.actor_of("engineer", tenant)
    schedule = Schedule.system.create(
        tenant_id=tenant.id,
        name=f"nightly-{factories.number()}",
        operation="fleet.breaker.reset",
        input={"device": str(core.id)},
        cron="0 3 * * *",
        owner_id=actor.id,
    )
    user = factories.user(tenant, "viewer")
    program = client_register(tenant=tenant, name="Helper", redirect_uris=[REDIRECT])
    return SimpleNamespace(
        tenant=tenant,
        boss=boss,
        core=core,
        miner=miner,
        user=user,
        grant=user.grants.model.system.get(user=user),
        key=factories.issued_key(user).key,
        job=factories.job(actor, operation="jobs.schedule.preview"),
        schedule=schedule,
        core_row=Core.system.create(device=core),
        miner_row=Miner.system.create(device=miner),
        client=program,
        assistant=assistant_connect(
            person=user, application=program.application, scopes=["fleet:read"]
        ),
    )
