"""Columns of the back office's tables."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from wagtail.admin.ui.tables import Column, TitleColumn

from cms.backoffice.ui import words


class Text(Column):
    """Plain text; empty cells show a dash."""

    empty_value_display = words.NOTHING

    def get_value(self, instance: Any) -> Any:
        """Return the text, a dash for nothing."""
        return words.shown(super().get_value(instance))


class Money(Column):
    """A sum of fen, shown in yuan."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        """Align right."""
        super().__init__(name, **{"classname": "bo-number", **kwargs})

    def get_value(self, instance: Any) -> str:
        """Return the sum in yuan."""
        return words.yuan(super().get_value(instance))


class Count(Column):
    """A number, aligned right."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        """Align right."""
        super().__init__(name, **{"classname": "bo-number", **kwargs})


class When(Column):
    """A point in time, to the second."""

    def __init__(self, name: str, *, seconds: bool = True, **kwargs: Any) -> None:
        """``seconds`` may be left out where they only disturb."""
        super().__init__(name, **{"classname": "bo-when", **kwargs})
        self.seconds = seconds

    def get_value(self, instance: Any) -> str:
        """Return the time by the hospital's clock."""
        return words.when(super().get_value(instance), seconds=self.seconds)


class State(Column):
    """A state as a coloured tag: the word says what the colour only underlines."""

    cell_template_name = "backoffice/columns/state.html"

    def __init__(self, name: str = "state", *, kind: str = "", **kwargs: Any) -> None:
        """``kind`` tells apart equal words of different things."""
        super().__init__(name, **kwargs)
        self.kind = kind

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        """Add the Chinese word and the tone."""
        context = super().get_cell_context_data(instance, parent_context)
        value = context["raw_value"]
        display = getattr(instance, f"get_{self.accessor}_display", None)
        context["value"] = display() if display else value
        context["tone"] = words.tone(str(value), self.kind)
        return context


class Link(TitleColumn):
    """Text that leads to a view of the back office, or stays text for those who may not go there."""

    empty_value_display = words.NOTHING

    def __init__(
        self,
        name: str,
        url_name: str,
        *,
        permission: str = "",
        id_of: Callable[[Any], int | None] | None = None,
        **kwargs: Any,
    ) -> None:
        """``permission`` is the full name of the right to follow the link."""
        super().__init__(name, **kwargs)
        self.target = url_name
        self.permission = permission
        self.id_of = id_of or (lambda instance: instance.pk)

    def get_link_url(self, instance: Any, parent_context: Any) -> str | None:
        """Return the address, None without the right."""
        request = parent_context.get("request")
        if self.permission and (request is None or not request.user.has_perm(self.permission)):
            return None
        pk = self.id_of(instance)
        return reverse(self.target, args=[pk]) if pk else None
