"""Column types that Django does not have."""

from typing import Any

from django.db import models
from django.db.models import Func


class CurrentTransaction(Func):
    """The 64-bit id of the running transaction (PostgreSQL)."""

    function = "pg_current_xact_id"
    template = "%(function)s()"
    arity = 0
    output_field = models.BigIntegerField()


class TransactionIdField(models.Field):  # type: ignore[type-arg]  # not generic at run time
    """The transaction that inserted the row (`xid8`), filled in by the database.

    Ids of rows commit out of order; readers that must miss nothing order by this column and
    stop before `pg_snapshot_xmin(pg_current_snapshot())`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_default"] = CurrentTransaction()
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_default", None)
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None or hasattr(value, "resolve_expression") else str(value)
