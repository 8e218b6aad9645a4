"""One world for a whole module: committed, since real servers read it as well."""

from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings

from apps.accounts.authenticate import forget_all
from apps.fleet import sessions
from apps.kernel.valkey import valkey
from tests.contract import world as worlds
from tests.contract.bad_input import MINER, STATUS, Scene
from tests.contract.faces import Console, Face, Mcp, Rest, Sdk
from tests.contract.plane_witness import PlaneWitness
from tests.contract.serving import Server, serving
from tests.contract.witness import Listener
from tests.flows.conftest import FAST
from tests.support import factories, flush
from tests.support.engines import until
from tests.support.plane import Plane


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[worlds.World]:
    listener = Listener()
    allowed = (f"{listener.address}/32:{listener.port}",)
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(django_settings, "CONFIG", factories.config(device_networks=allowed))
        forget_all()
        yield worlds.built(listener)
        sessions.stop()
        flush.empty()
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


@pytest.fixture(scope="package")
def plane() -> Iterator[Plane]:
    """One for all modules of this folder: their tests leave its devices well."""
    roomy = {"API_RATE_LIMIT_RPM": "600000", "API_RATE_LIMIT_BURST": "10000"}
    with Plane(environ={**FAST, **roomy}) as running:
        yield running


@pytest.fixture(scope="module")
def scene(plane: Plane) -> Scene:
    key = plane.key("engineer")
    faces: dict[str, Face] = {
        "rest": Rest(plane, key),
        "mcp": Mcp(plane, key),
        "sdk": Sdk(plane, key),
        "console": Console(plane, "engineer"),
    }
    return Scene(plane, PlaneWitness(plane), faces)


@pytest.fixture
def well(scene: Scene) -> Iterator[None]:
    """Whatever a test did to the devices, the next one finds them well."""
    yield
    scene.core.tell("heal")
    scene.miner.tell("heal")
    admin = Rest(scene.plane, scene.plane.key("admin"))
    for name in ("Lobby", "Miner 01"):
        admin.call("fleet.breaker.reset", {"device": name})
    for operation, name in ((STATUS, "Lobby"), (MINER, "Miner 01")):
        until(
            lambda asked=operation, name=name: admin.call(asked, {"device": name}).http == 200,  # type: ignore[misc]
            30,
            lambda: "the device did not come back",
        )
