"""Names and ids that fit what was typed: the caller's own, and never too many."""

import pytest

from apps.accounts.models import Tenant
from apps.mcp import completions, prompts
from apps.mcp.completions import FINDERS, VALUES_MOST
from apps.mcp.resources.shelves import SHELVES
from apps.miners.models.firmware import FirmwareImage
from tests.support import factories
from tests.unit.mcp.asking import MANY, ask, complete
from tests.unit.mcp.conftest import KeyOf
from tests.unit.mcp.scene import Plant, plant

MINER = {"type": "ref/prompt", "name": "troubleshoot_miner_offline"}
BATCH = {"type": "ref/prompt", "name": "batch_firmware_update"}
CORE = {"type": "ref/resource", "uri": "qsys://cores/{core}"}
COMPONENT = {"type": "ref/resource", "uri": "qsys://components/{core}/{component}"}
DEVICE = {"type": "ref/resource", "uri": "fleet://devices/{device}"}


@pytest.fixture
def site(tenant: Tenant) -> Plant:
    return plant(tenant)


def values(key: str, ref: dict[str, str], name: str, value: str, **given: str) -> list[str]:
    found = complete(key, ref, name, value, given or None).result["completion"]
    return list(found["values"])


def test_names_are_the_caller_s_own_and_of_the_right_kind(key_of: KeyOf, site: Plant) -> None:
    factories.device(name="Miner 99", kind="miner")
    key = key_of("viewer")
    assert values(key, MINER, "miner", "mine") == ["Miner 07"]
    assert values(key, CORE, "core", "") == ["Lobby Core"]
    assert values(key, DEVICE, "device", "o") == ["Lobby Core"]
    assert values(key_of("viewer", site_path="/plant/hall-a/"), MINER, "miner", "") == []


def test_components_are_those_of_the_core_that_was_chosen(key_of: KeyOf, site: Plant) -> None:
    key = key_of("viewer")
    assert values(key, COMPONENT, "component", "gai", core="Lobby Core") == ["Lobby Gain"]
    assert values(key, COMPONENT, "component", "") == []
    assert values(key, COMPONENT, "component", "", core="Other") == []


def test_a_list_of_miners_goes_on_with_its_last_name(key_of: KeyOf, site: Plant) -> None:
    factories.device(site.miner.tenant, name="Miner 08", kind="miner")
    found = values(key_of("viewer"), BATCH, "miners", "Miner 07, miner 08")
    assert found == ["Miner 07, Miner 08"]


def test_versions_are_those_that_can_be_installed(key_of: KeyOf, tenant: Tenant) -> None:
    for version, state in (("26.08", "published"), ("26.09", "receiving")):
        FirmwareImage.system.create(
            tenant_id=tenant.id, version=version, sha256=version, size=1, state=state
        )
    assert values(key_of("viewer"), BATCH, "version", "26") == ["26.08"]


def test_jobs_are_named_by_how_their_id_begins(key_of: KeyOf, tenant: Tenant) -> None:
    job = factories.job(factories.actor_of("engineer", tenant))
    ref = {"type": "ref/resource", "uri": "jobs://jobs/{job}"}
    assert values(key_of("viewer"), ref, "job", str(job.id)[:13].upper()) == [str(job.id)]
    assert values(key_of("viewer"), ref, "job", "zzz") == []


def test_places_are_those_one_may_see(key_of: KeyOf, site: Plant) -> None:
    ref = {"type": "ref/prompt", "name": "shift_handover"}
    found = values(key_of("viewer", site_path="/plant/hall-a/"), ref, "site", "hall")
    assert found == ["/plant/hall-a/"]


def test_there_are_never_too_many(key_of: KeyOf, tenant: Tenant) -> None:
    for number in range(VALUES_MOST + 1):
        factories.device(tenant, name=f"unit {number:03}")
    found = complete(key_of("viewer"), DEVICE, "device", "unit").result["completion"]
    assert len(found["values"]) == VALUES_MOST
    assert found["hasMore"] is True


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        (MINER, "mner"),
        ({"type": "ref/prompt", "name": "nothing"}, "miner"),
        ({"type": "ref/resource", "uri": "nothing://{x}"}, "x"),
        (CORE, "component"),
    ],
)
def test_what_is_not_there_is_bad_params(key_of: KeyOf, ref: dict[str, str], name: str) -> None:
    assert complete(key_of(), ref, name, "").error["code"] == -32602


def test_without_the_right_there_is_nothing_to_complete(tenant: Tenant, site: Plant) -> None:
    key = factories.api_key(factories.user(tenant), scopes=("qsys.view",))
    assert complete(key, MINER, "miner", "").error["data"]["code"] == "not_found"


def test_every_variable_and_argument_that_names_something_is_completed() -> None:
    names = {name for shelf in SHELVES for name in shelf.variables}
    names |= {one.name for prompt in prompts.PROMPTS for one in prompt.arguments}
    free = {"call", "field", "entry", "control", "since", "target_efficiency", "when"}
    assert names - free == set(FINDERS)


def test_completing_is_limited_too(key_of: KeyOf) -> None:
    params = {"ref": MINER, "argument": {"name": "miner", "value": ""}}
    reply = ask(key_of("agent"), "completion/complete", params, times=MANY)
    assert reply.error["code"] == -32005


def test_ids_of_schedules_are_found_by_name(tenant: Tenant) -> None:
    actor = factories.actor_of("viewer", tenant)
    assert completions.schedules(actor, "x", {}) == []
