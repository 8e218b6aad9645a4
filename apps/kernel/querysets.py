"""Rows are read for somebody: a queryset of a face that was never scoped refuses to run."""

from typing import Any, Final, Self, TypeVar

from django.db import models
from django.db.models import Q

from apps.kernel.actor import Actor, Right

M = TypeVar("M", bound=models.Model)

NOWHERE: Final = Q(pk__in=[])


class UnscopedQueryError(RuntimeError):
    """A queryset was evaluated before it was narrowed to an actor."""


class ScopedQuerySet(models.QuerySet[M]):
    """Evaluates only after `for_actor`.

    `path_field` and `device_field` name the columns (or look-ups) that hold the site path and
    the device id; rows without a place leave them None and are scoped by tenant alone.
    """

    tenant_field = "tenant_id"
    path_field: str | None = None
    device_field: str | None = None
    _scoped = False

    def for_actor(self, actor: Actor, permission: str, *also: Q) -> Self:
        """Rows of the actor's tenant that `permission` reaches; none when it is not held.

        `also` narrows them further; a `filter` of its own would copy the query once more.
        """
        if not actor.may(permission):
            return self._marked(self.none())
        condition = Q(**{self.tenant_field: actor.tenant_id})
        for layer in actor.layers:
            condition &= self._layer_condition(layer, permission)
        return self._marked(self.filter(condition, *also))

    def _layer_condition(self, layer: tuple[Right, ...], permission: str) -> Q:
        """Where one of the layer's rights reaches; empty where one reaches everything."""
        condition = NOWHERE
        for right in layer:
            if right.covers(permission, right.path or "", next(iter(right.devices), None)):
                if self._reaches_all(right):
                    return Q()
                condition |= self._place_condition(right)
        return condition

    def _reaches_all(self, right: Right) -> bool:
        return right.path == "/" or (self.path_field is None and self.device_field is None)

    def _place_condition(self, right: Right) -> Q:
        condition = NOWHERE
        if right.path is not None and self.path_field is not None:
            condition |= Q(**{f"{self.path_field}__startswith": right.path})
        if right.devices and self.device_field is not None:
            condition |= Q(**{f"{self.device_field}__in": right.devices})
        return condition

    def _marked(self, rows: Self) -> Self:
        rows._scoped = True
        return rows

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]  # the stubs leave it out
        clone._scoped = self._scoped
        return clone

    def _require_scope(self) -> None:
        if not self._scoped and not self.query.is_empty():
            raise UnscopedQueryError(
                f"{self.model.__name__}.objects was read without for_actor(); "
                "use for_actor(actor, permission), or .system inside a service"
            )

    def _fetch_all(self) -> None:
        self._require_scope()
        super()._fetch_all()

    def count(self) -> int:
        self._require_scope()
        return super().count()

    def exists(self) -> bool:
        self._require_scope()
        return super().exists()

    def iterator(self, chunk_size: int | None = None) -> Any:
        self._require_scope()
        return super().iterator(chunk_size)

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._require_scope()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        raise UnscopedQueryError("rows are changed by services, through .system")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise UnscopedQueryError("rows are deleted by services, through .system")
