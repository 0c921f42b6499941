"""Queries whose SQL is written once: Django's ORM spends most of a small query's time in writing its statement.

``Prepared(lambda ref: Slot.objects.select_related("schedule").filter(ref=ref), CharField())`` is a function from values
to a list of instances. What differs between calls must be an argument; the queryset is built once for each connection,
everything else stays as the ORM made it: converters, related objects, the wrappers that watch statements.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class _Slot:
    """Stands among a statement's parameters for the argument with this number."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Argument(Expression):
    def __init__(self, number: int, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.number = number

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [_Slot(self.number)]


class _Statement:
    """One queryset, compiled for one connection."""

    def __init__(self, rows: QuerySet[Any]) -> None:
        self.compiler = rows.query.get_compiler(connection=connection)
        self.sql, self.params = self.compiler.as_sql()
        klass = self.compiler.klass_info
        assert klass is not None and not self.compiler.annotation_col_map  # noqa: S101  # rows of a model, no more
        fields, select = klass["select_fields"], self.compiler.select
        self.model, self.first, self.last = klass["model"], fields[0], fields[-1] + 1
        self.names = [each[0].target.attname for each in select[self.first : self.last]]
        self.populators = get_related_populators(klass, select, connection.alias)  # type: ignore[call-arg]  # newer stubs

    def run(self, fields: "tuple[Field[Any, Any], ...]", values: tuple[Any, ...]) -> list[Any]:
        ready = [field.get_db_prep_value(value, connection) for field, value in zip(fields, values, strict=True)]
        params = [ready[param.number] if isinstance(param, _Slot) else param for param in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        found = []
        for row in self.compiler.results_iter([rows]):
            instance = self.model.from_db(connection.alias, self.names, row[self.first : self.last])
            for populator in self.populators:
                populator.populate(row, instance)
            found.append(instance)
        return found


class Prepared(Generic[M]):
    """A query that is asked again and again with other values."""

    def __init__(self, make: Callable[..., QuerySet[M]], *fields: "Field[Any, Any]") -> None:
        """Take a function that returns the queryset for its arguments, and a field for each of them."""
        self._make, self._fields = make, fields

    def __call__(self, *values: Any) -> list[M]:
        """Return the rows for these values: one SQL."""
        # Kept with the connection, which belongs to one thread.
        known: dict[Prepared[Any], _Statement] | None = getattr(connection, "portal_prepared", None)
        if known is None:
            known = connection.portal_prepared = {}  # type: ignore[attr-defined]
        statement = known.get(self)
        if statement is None:
            arguments = (_Argument(number, field) for number, field in enumerate(self._fields))
            statement = known[self] = _Statement(self._make(*arguments))
        return statement.run(self._fields, values)
