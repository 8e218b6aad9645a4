"""One world for a whole module: committed, since real servers read it as well."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings

from apps.accounts.authenticate import forget_all
from apps.fleet import sessions
from apps.kernel.valkey import valkey
from tests.contract import world as worlds
from tests.contract.serving import Server, serving
from tests.contract.witness import Listener, emptied
from tests.support import factories


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[worlds.World]:
    listener = Listener()
    allowed = (f"{listener.address}/32:{listener.port}",)
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "CONFIG", factories.config(device_networks=allowed))
        forget_all()
        yield worlds.built(listener)
        sessions.stop()
        emptied()
    listener.stop()


@pytest.fixture
def fresh(world: worlds.World, db: None) -> worlds.World:
    """The world, with nobody's limit used up and nobody remembered.

    What a test does here is rolled back; what the server commits can be read all the same.
    """
    valkey().flushdb()
    forget_all()
    return world


@pytest.fixture(scope="module")
def server(world: worlds.World) -> Iterator[Server]:
    with serving(DEVICE_NETWORKS=f"{world.listener.address}/32:{world.listener.port}") as found:
        yield found
