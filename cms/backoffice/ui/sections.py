"""What a detail page is made of: facts, tables and texts, one under the other."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from laces.components import Component
from wagtail.admin.ui.tables import Column, Table

from cms.backoffice.ui import words


class Section(Component):
    """A panel with a heading."""

    template_name = "backoffice/sections/section.html"

    def __init__(self, heading: Any, *, note: Any = "") -> None:
        """``note`` is one sentence under the heading."""
        self.heading = heading
        self.note = note

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give the template the section and the request."""
        return {"section": self, "request": (parent_context or {}).get("request")}


class Tag:
    """A state among facts, shown as the same tag as in lists."""

    def __init__(self, value: str, label: Any, kind: str = "") -> None:
        """``value`` chooses the tone, ``label`` is read."""
        self.label = label
        self.tone = words.tone(value, kind)


class To:
    """A fact that leads somewhere; without an address it is plain text."""

    def __init__(self, label: Any, url: str | None) -> None:
        """Keep both."""
        self.label = label
        self.url = url


class Facts(Section):
    """Names and values."""

    template_name = "backoffice/sections/facts.html"

    def __init__(self, heading: Any, facts: Iterable[tuple[Any, Any]], *, note: Any = "") -> None:
        """Empty values show a dash."""
        super().__init__(heading, note=note)
        self.facts = [(name, words.shown(value)) for name, value in facts]


class Rows(Section):
    """A table; ``total`` is a line under it."""

    template_name = "backoffice/sections/rows.html"

    def __init__(
        self, heading: Any, columns: Sequence[Column], rows: Iterable[Any], *, note: Any = "", total: Any = ""
    ) -> None:
        """``rows`` are read once, here."""
        super().__init__(heading, note=note)
        self.rows = list(rows)
        self.table = Table(columns, self.rows)
        self.total = total


class Code(Section):
    """Text in a fixed-width face; JSON is laid out for reading."""

    template_name = "backoffice/sections/code.html"

    def __init__(self, heading: Any, text: Any, *, note: Any = "") -> None:
        """Take text or a JSON value."""
        super().__init__(heading, note=note)
        self.text = pretty(text)


def pretty(value: Any) -> str:
    """Lay out JSON, whether it comes as a value or as text; other text is returned as it is."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return json.dumps(value, ensure_ascii=False, indent=2)
