"""What a program asks for, in the words of the person who decides, and what would come of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from oauth2_provider.models import Application

from apps.kernel.actor import Actor
from apps.kernel.permissions import DANGEROUS, SCOPE_GROUPS, scope_for
from apps.operations.catalogue import installed
from apps.operations.core import AnyOperation, Danger, Face

WORDS: Final = {
    "fleet:read": ("Look", "Devices and their state, jobs, events, and the audit log."),
    "fleet:write": ("Change things", "Controls, settings and schedules, where you may yourself."),
    "fleet:dangerous": (
        "Disturb running devices",
        "Reboots, firmware and the like. It shows a plan first, each time.",
    ),
    "admin": ("Administer", "What is kept for administrators of your tenant."),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One scope as it can be given. `actions` are what it would let the program call."""

    scope: str
    title: str
    sentence: str
    actions: tuple[str, ...]


def offers(actor: Actor, scopes: Iterable[str]) -> tuple[Offer, ...]:
    """The scopes that are worth giving: one that the person's own rights leave empty is not."""
    asked = set(scopes)
    found = []
    for scope in SCOPE_GROUPS:
        actions = tuple(one.summary for one in _tools(actor) if _scope_of(one) == scope)
        if scope in asked and actions:
            found.append(Offer(scope, *WORDS[scope], actions))
    return tuple(found)


def _tools(actor: Actor) -> list[AnyOperation]:
    return [
        operation
        for operation in installed()
        if Face.MCP in operation.faces and actor.may(operation.permission)
    ]


def _scope_of(operation: AnyOperation) -> str:
    if operation.danger >= Danger.DISRUPTIVE:
        return DANGEROUS
    return scope_for(operation.permission)


def in_short(scopes: Iterable[str]) -> str:
    """What was given, on one line."""
    given = set(scopes)
    return ", ".join(words[0].lower() for scope, words in WORDS.items() if scope in given)


def origin_in_words(application: Application) -> str:
    """Who says what the program is called."""
    source = Application.RegistrationSource
    if application.registration_source == source.CIMD:
        return f"{urlsplit(application.client_id).netloc.lower()} vouches for it."
    if application.registration_source == source.DCR:
        return "It named itself; nobody has checked that."
    return "An administrator of your tenant registered it."
