"""Who may confirm a dangerous call: the person behind it, or by policy a second call."""

from dataclasses import dataclass, replace

from apps.accounts.selectors import tenant_of
from apps.kernel.errors import Code, Failure
from apps.operations.admit import find, refuse
from apps.operations.call import Call
from apps.operations.door import invoke
from apps.operations.outcome import Outcome, Status


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of the person behind a call: whether the client can ask it, and the
    confirmation it has given."""

    can_be_asked: bool = False
    confirmation: str | None = None


NOBODY = Person()


def through(call: Call, person: Person) -> Outcome:
    """The outcome of a call that may need a confirmation.

    Raises `forbidden`, written down, where a second call would confirm and the tenant's policy
    wants a person. Nothing has happened then: a plan changes nothing.
    """
    if person.confirmation is not None:
        return invoke(replace(call, confirmation=person.confirmation))
    if call.confirmation is not None:
        require_policy(call)
    outcome = invoke(call)
    if outcome.status is Status.NEEDS_CONFIRMATION and not person.can_be_asked:
        require_policy(call)
    return outcome


def require_policy(call: Call) -> None:
    """Raises unless the tenant lets a second call confirm."""
    if tenant_of(call.actor).two_call_confirmation:
        return
    failure = Failure(
        Code.FORBIDDEN,
        "Your tenant wants a person to confirm this: use a client that can ask its person "
        "(elicitation), or the console. An administrator may allow confirmation by a second "
        "call with accounts.tenant.set.",
    )
    raise refuse(call, find(call), failure)
