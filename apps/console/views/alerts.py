"""What is wrong, worst first and by place; taking it on and silencing it where one sees it."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.console.access import page, show
from apps.console.calls import Wish, call, may_call
from apps.fleet.alerts import selectors
from apps.fleet.alerts.rules import title_of
from apps.fleet.alerts.schemas import MOST_IDS, FleetAlertGroup
from apps.fleet.models import Alert, AlertState
from apps.kernel.actor import Actor
from apps.kernel.errors import Failure
from apps.kernel.ids import new_id
from apps.operations.failures import TABLE

ACKNOWLEDGE: Final = "fleet.alert.acknowledge"
SILENCE: Final = "fleet.silence.create"
END: Final = "fleet.silence.end"
#: Alerts that are read, groups that are shown, and alerts shown of each.
MOST: Final = 5_000
GROUPS_MOST: Final = 100
NAMED: Final = 12
LASTING: Final = ((60, "1 hour"), (240, "4 hours"), (1_440, "1 day"), (10_080, "1 week"))


@dataclass(frozen=True, slots=True)
class Group:
    """A group of alerts as the page shows it. `new` are the ids nobody has taken on."""

    sum: FleetAlertGroup
    alerts: tuple[Alert, ...]
    new: str

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.sum.count - len(self.alerts)


@page
def alerts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Firing ones by place, those that may fire soon, silences, and what is over."""
    if request.method != "POST":
        return _shown(request, actor)
    try:
        call(request, actor, wish_of(request))
    except Failure as failure:
        return _shown(request, actor, failure)
    return redirect("console:alerts")


def wish_of(request: HttpRequest) -> Wish:
    """What the pressed button asks for; an unknown one acknowledges nothing and is refused."""
    posted, key = request.POST, f"console:{new_id()}"
    if posted.get("do") == "silence":
        minutes = posted.get("minutes", "")
        wanted = {
            "rule": posted.get("rule", ""),
            "site": posted.get("site", "/"),
            "minutes": int(minutes) if minutes.isdigit() else 0,
            "because": posted.get("because", "").strip(),
        }
        return Wish(SILENCE, wanted, key)
    if posted.get("do") == "end":
        return Wish(END, {"silence": posted.get("silence", "")}, key)
    return Wish(ACKNOWLEDGE, {"alerts": posted.get("alerts", "").split()}, key)


def _shown(request: HttpRequest, actor: Actor, failure: Failure | None = None) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "groups": grouped(list(selectors.matching(actor, state=AlertState.FIRING)[:MOST])),
        "pending": list(selectors.matching(actor, state=AlertState.PENDING)[:50]),
        "silences": list(selectors.silences_in_force(actor)[:50]),
        "history": list(selectors.matching(actor, state=AlertState.RESOLVED)[:50]),
        "may_acknowledge": may_call(actor, ACKNOWLEDGE),
        "may_silence": may_call(actor, SILENCE),
        "may_route": may_call(actor, "fleet.route.create"),
        "silencing": asked.get("site") and may_call(actor, SILENCE),
        "site": asked.get("site", ""),
        "rule": asked.get("rule", ""),
        "rule_title": title_of(asked.get("rule", "")),
        "because": asked.get("because", ""),
        "lasting": LASTING,
        "failure": failure,
    }
    status = TABLE[failure.code].http if failure else 200
    return show(request, actor, "alerts.html", context, status=status)


def grouped(found: list[Alert]) -> list[Group]:
    """Firing alerts as the page shows them: what people are told of before what is muted."""
    by_key: dict[tuple[str, str], list[Alert]] = {}
    for one in found:
        by_key.setdefault((one.rule, one.site_path), []).append(one)
    sums = sorted(selectors.groups(found), key=lambda one: one.muted == one.count)
    made = []
    for total in sums[:GROUPS_MOST]:
        those = by_key[(total.rule, total.place)]
        new = " ".join(str(one.id) for one in those if not one.acknowledged_by)
        ids = " ".join(new.split()[:MOST_IDS])
        made.append(Group(total, tuple(those[:NAMED]), ids))
    return made
