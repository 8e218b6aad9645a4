"""Rules of alerts, who is told of them, and messages that did not arrive."""

from apps.fleet.alerts import selectors, services
from apps.fleet.alerts.schemas import (
    FleetDelivery,
    FleetDeliveryRetryIn,
    FleetRoute,
    FleetRouteCreateIn,
    FleetRouteDeleteOut,
    FleetRouteIn,
    FleetRouteListIn,
    FleetRouteListOut,
    FleetRule,
    FleetRuleListIn,
    FleetRuleListOut,
    FleetRuleSetIn,
)
from apps.fleet.models import Route
from apps.fleet.operations.alerts import place_ref
from apps.fleet.operations.common import BY_HAND, CONFIGURE, VIEW, WITH_ASSISTANTS
from apps.kernel.actor import Actor
from apps.operations.context import Context
from apps.operations.core import Danger, Operation, Repeat, TargetRef


def route_ref(route: Route) -> TargetRef:
    """A route as rights and evidence name it."""
    return TargetRef("route", route.id, route.name, route.path)


def rule_list(ctx: Context, data: FleetRuleListIn) -> FleetRuleListOut:
    """Every rule."""
    return FleetRuleListOut(rules=selectors.rules_shown(ctx.actor))


def rule_targets(actor: Actor, data: FleetRuleSetIn) -> tuple[TargetRef, ...]:
    """The place where the rule is set."""
    return (place_ref(actor, data.site, CONFIGURE),)


def rule_set(ctx: Context, data: FleetRuleSetIn) -> FleetRule:
    """Set a rule at a place, or take its setting away."""
    services.rule_set(ctx.actor, data)
    return next(one for one in selectors.rules_shown(ctx.actor) if one.rule == data.rule)


def create_targets(actor: Actor, data: FleetRouteCreateIn) -> tuple[TargetRef, ...]:
    """The place of whose alerts is told."""
    return (place_ref(actor, data.site, CONFIGURE),)


def route_create(ctx: Context, data: FleetRouteCreateIn) -> FleetRoute:
    """Make a route."""
    return selectors.route_shown(services.route_create(ctx.actor, data))


def route_targets(actor: Actor, data: FleetRouteIn) -> tuple[TargetRef, ...]:
    """The route itself."""
    return (route_ref(selectors.route_get(actor, data.route, CONFIGURE)),)


def route_delete(ctx: Context, data: FleetRouteIn) -> FleetRouteDeleteOut:
    """Take a route away."""
    route = selectors.route_get(ctx.actor, data.route, CONFIGURE)
    services.route_delete(route)
    return FleetRouteDeleteOut(route=data.route, name=route.name)


def route_list(ctx: Context, data: FleetRouteListIn) -> FleetRouteListOut:
    """Every route."""
    return FleetRouteListOut(routes=selectors.routes_shown(selectors.routes(ctx.actor)))


def route_test(ctx: Context, data: FleetRouteIn) -> FleetDelivery:
    """Send a test message."""
    route = selectors.route_get(ctx.actor, data.route, CONFIGURE)
    return selectors.delivery_shown(services.route_test(route))


def delivery_targets(actor: Actor, data: FleetDeliveryRetryIn) -> tuple[TargetRef, ...]:
    """The message, at the place of its route."""
    one = selectors.delivery_get(actor, data.delivery, CONFIGURE)
    return (TargetRef("delivery", one.id, one.route.name, one.route.path),)


def delivery_retry(ctx: Context, data: FleetDeliveryRetryIn) -> FleetDelivery:
    """Send it again."""
    one = selectors.delivery_get(ctx.actor, data.delivery, CONFIGURE)
    return selectors.delivery_shown(services.delivery_retry(one))


OPERATIONS = (
    Operation(
        name="fleet.rule.list",
        summary="List the rules of alerts, their thresholds, and where they are set otherwise.",
        input=FleetRuleListIn,
        output=FleetRuleListOut,
        handler=rule_list,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.rule.set",
        summary="Set a rule of alerts at a place, or with nothing but the rule, set it back.",
        input=FleetRuleSetIn,
        output=FleetRule,
        handler=rule_set,
        targets=rule_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.route.create",
        summary="Tell people of alerts by a signed webhook or by e-mail.",
        input=FleetRouteCreateIn,
        output=FleetRoute,
        handler=route_create,
        targets=create_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.route.delete",
        summary="Take a route of alerts away, with its messages.",
        input=FleetRouteIn,
        output=FleetRouteDeleteOut,
        handler=route_delete,
        targets=route_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.route.list",
        summary="List who is told of alerts, and whether the messages arrive.",
        input=FleetRouteListIn,
        output=FleetRouteListOut,
        handler=route_list,
        permission=VIEW,
        danger=Danger.READ,
        repeat=Repeat.NATURAL,
        faces=WITH_ASSISTANTS,
    ),
    Operation(
        name="fleet.route.test",
        summary="Send a test message over a route.",
        input=FleetRouteIn,
        output=FleetDelivery,
        handler=route_test,
        targets=route_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.KEYED,
        faces=BY_HAND,
    ),
    Operation(
        name="fleet.delivery.retry",
        summary="Send a message about alerts again that was given up.",
        input=FleetDeliveryRetryIn,
        output=FleetDelivery,
        handler=delivery_retry,
        targets=delivery_targets,
        permission=CONFIGURE,
        danger=Danger.CHANGE,
        repeat=Repeat.NATURAL,
        faces=BY_HAND,
    ),
)
