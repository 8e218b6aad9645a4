"""What Celery runs of this app: the supervising tick, and the long task of one shard."""

from uuid import UUID

from celery import Task, shared_task

from apps.fleet import services, shards
from apps.fleet.alerts import engine, sending
from apps.fleet.orphans import targets_close_orphans
from apps.fleet.rollouts import controller
from apps.fleet.shardkeys import ShardKey


@shared_task(name="fleet.supervise", ignore_result=True)
def supervise() -> None:
    """Every second: shards without a poller get one, states grow old."""
    shards.supervise()
    services.states_age()


# Acknowledged early: late, the visibility timeout would deliver an endless task twice.
@shared_task(name=shards.POLL_SHARD, bind=True, acks_late=False, ignore_result=True)
def poll_shard(self: "Task[..., None]", driver: str, number: int, epoch: int) -> None:
    """Poll one shard for as long as it is held."""
    shards.poll(ShardKey(driver, number, epoch), str(self.request.id))


@shared_task(name="fleet.orphans", ignore_result=True)
def orphans() -> None:
    """Every five seconds: a target whose job is over gives its device back."""
    targets_close_orphans()


@shared_task(name="fleet.rollouts", ignore_result=True)
def rollouts() -> None:
    """Every second: each rollout in hand is carried one step further."""
    controller.tick()


@shared_task(name="fleet.alerts", ignore_result=True)
def alerts() -> None:
    """Every five seconds: what is known of each device raises and clears alerts."""
    engine.tick()


@shared_task(name="fleet.deliveries", ignore_result=True)
def deliveries() -> None:
    """Every second: what is to be told of alerts is handed to workers."""
    sending.hand_out()


@shared_task(name=sending.TASK, ignore_result=True)
def deliver(delivery: str) -> None:
    """One try to deliver a message about alerts."""
    sending.deliver(UUID(delivery))
