"""Valkey, the cache on it, and the columns that only PostgreSQL has."""

import os
import threading

import pytest
import redis
from django.core.cache import cache
from django.db import transaction
from prometheus_client import REGISTRY

from apps.events.models import Outbox
from apps.kernel import crashpoints
from apps.kernel.cache import count_up, forget, read_through
from apps.kernel.fields import TransactionIdField
from apps.kernel.valkey import valkey


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def test_value_is_computed_once_and_counted() -> None:
    computed: list[int] = []
    forget("status", "device-1")
    hits, misses = counted("mcp_cache_hits_total"), counted("mcp_cache_misses_total")

    def compute() -> dict[str, bool]:
        computed.append(1)
        return {"up": True}

    for _ in range(3):
        value = read_through("status", "device-1", compute)
        assert value == {"up": True}
    assert len(computed) == 1
    assert counted("mcp_cache_hits_total") - hits == 2
    assert counted("mcp_cache_misses_total") - misses == 1
    forget("status", "device-1")
    read_through("status", "device-1", compute)
    assert len(computed) == 2
    forget("status", "device-1")


def test_numbers_begin_at_nothing_and_are_read_by_the_cache() -> None:
    cache.delete("edition")
    count_up("edition")
    assert cache.get("edition") == 1
    count_up("edition")
    assert cache.get("edition") == 2
    assert valkey().ttl(cache.make_key("edition")) == -1
    cache.delete("edition")


def test_cache_makes_no_connections_of_its_own() -> None:
    def clients() -> int:
        return int(valkey().info("clients")["connected_clients"])

    cache.set("one", 1, 5)
    before = clients()
    for number in range(50):
        cache.set(f"many-{number}", number, 5)
    assert clients() <= before + 1
    assert valkey().connection_pool is valkey().connection_pool


def test_threads_share_one_pool() -> None:
    pools: list[redis.ConnectionPool] = []
    threads = [
        threading.Thread(target=lambda: pools.append(valkey().connection_pool)) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(pool) for pool in pools}) == 1


@pytest.mark.django_db(transaction=True)
def test_rows_of_one_transaction_share_its_id_and_later_ones_are_higher() -> None:
    for _ in range(2):
        with transaction.atomic():
            for _ in range(2):
                Outbox.objects.create(type="x", permission="fleet.view")
    first, second, third, fourth = Outbox.objects.order_by("id").values_list("tx", flat=True)
    assert first == second < third == fourth
    assert Outbox.objects.filter(tx=third).count() == 2


def test_field_survives_its_own_migration() -> None:
    name, path, args, fields = TransactionIdField().deconstruct()
    assert path.endswith("TransactionIdField")
    assert TransactionIdField(*args, **fields).db_type(None) == "xid8"
    assert TransactionIdField().from_db_value("7", None, None) == 7
    assert TransactionIdField().from_db_value(None, None, None) is None
    assert name is None


def test_crash_points_are_inert_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[int] = []
    monkeypatch.setattr(os, "_exit", died.append)
    crashpoints.reached("sent")
    monkeypatch.setenv("CRASH_AT", "sent")
    crashpoints.reached("other")
    monkeypatch.setenv("ENVIRONMENT", "production")
    crashpoints.reached("sent")
    assert died == []
    monkeypatch.setenv("ENVIRONMENT", "test")
    crashpoints.reached("sent")
    assert died == [crashpoints.KILLED]
