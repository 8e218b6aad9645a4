"""Plain statements for model instances, for the rows that every changing call writes.

The ORM's `save` and `update` cost about 300 µs a row before the statement is even sent; the columns
of a model do not change while a process runs, so the statements are made once.
"""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, Final

from django.db import connection, models

Reader = Callable[[Any], Any]

#: Columns whose values the driver takes as they are; the others have a form of their own.
PLAIN: Final = (
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.ForeignKey,
    models.IntegerField,
    models.UUIDField,
)


def insert(*rows: models.Model) -> None:
    """Insert rows as they stand, of any models, in one round trip.

    Columns the database fills in are left to it. The driver takes a statement of more than 50
    values apart each time anew, which costs as much as a round trip saves.
    """
    parts = [_insertion(type(row)) for row in rows]
    statement = "; ".join(part for part, _ in parts)
    _run(
        statement,
        [read(row) for row, (_, readers) in zip(rows, parts, strict=True) for read in readers],
    )


def insert_if_new(row: models.Model) -> bool:
    """Insert `row` unless it violates a unique constraint; whether it went in."""
    statement, readers = _insertion(type(row))
    return _run(f"{statement} ON CONFLICT DO NOTHING", [read(row) for read in readers]) == 1


def update(row: models.Model, *names: str) -> bool:
    """Write these fields of `row`; whether its row is (still) there."""
    statement, readers = _update(type(row), names)
    return _run(statement, [read(row) for read in readers]) == 1


def _run(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


@cache
def _insertion(model: type[models.Model]) -> tuple[str, tuple[Reader, ...]]:
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.has_db_default() and not isinstance(field, models.AutoField)
    ]
    columns = ", ".join(map(_column, fields))
    places = ", ".join("%s" for _ in fields)
    statement = f"INSERT INTO {_table(model)} ({columns}) VALUES ({places})"  # noqa: S608 - from models  # nosec B608
    return statement, tuple(_reader(field, adding=True) for field in fields)


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[Reader, ...]]:
    fields = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f"{_column(field)} = %s" for field in fields)
    key = model._meta.pk
    statement = f"UPDATE {_table(model)} SET {changes} WHERE {_column(key)} = %s"  # noqa: S608 - from models  # nosec B608
    return statement, tuple(_reader(field, adding=False) for field in (*fields, key))


def _reader(field: Any, *, adding: bool) -> Reader:
    """What takes the field's value from a row, in the form in which it is stored."""
    if isinstance(field, PLAIN) and type(field).pre_save is models.Field.pre_save:
        return attrgetter(field.attname)
    return lambda row: field.get_db_prep_save(field.pre_save(row, adding), connection)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: Any) -> str:
    return connection.ops.quote_name(str(field.column))
