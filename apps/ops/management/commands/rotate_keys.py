"""`manage.py rotate_keys`: seals stored secrets under the newest of CREDENTIAL_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.audit.services import Act, outcome
from apps.fleet.alerts.services import routes_rotate
from apps.fleet.rollouts.services import inputs_rotate as rollouts_rotate
from apps.fleet.services import credentials_rotate
from apps.jobs.services import inputs_rotate as jobs_rotate
from apps.kernel.actor import system_actor
from apps.kernel.crypto import WrongKey
from apps.miners.services.secrets import secrets_rotate as miners_rotate
from apps.operations.idempotency import inputs_rotate as claims_rotate


class Command(BaseCommand):
    """May run while everything works, and again after it was stopped."""

    help = (
        "Seals device credentials, alert routes, pools of miners, and the inputs of jobs, rollouts "
        "and unsettled calls under the first of CREDENTIAL_KEYS. Afterwards the older keys may be "
        "taken out."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = {
                "credentials": credentials_rotate(),
                "jobs": jobs_rotate(),
                "rollouts": rollouts_rotate(),
                "alert routes": routes_rotate(),
                "miner settings": miners_rotate(),
                "calls": claims_rotate(),
            }
        except WrongKey as error:
            raise CommandError(f"{error.detail} Nothing was lost; run this again then.") from None
        with transaction.atomic():
            act = Act("system.keys.rotate", face="command", actor=system_actor("rotate_keys"))
            outcome(act, intent_id=None, verdict="ok", after=done)
        parts = ", ".join(f"{number} {what}" for what, number in done.items())
        self.stdout.write(f"Sealed under the newest key: {parts}.")
