"""A form field for "this keyword of the template is filled with that fact of ours", one row a pair, no JSON to type."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LITERAL = "="
# protocols.md §1.2 names the kinds of keyword.
KEYWORD = re.compile(
    r"(short_thing|thing|character_string|time|date|amount|phone_number|car_number|name|phrase|const|number|letter|symbol)"
    r"\d{1,3}"
)
ROWS = 5
MOST_ROWS = 30


class MappingWidget(forms.Widget):
    """Rows of a keyword, a fact, and the text where the fact is a fixed text.

    ``labels`` are the keywords of the chosen template as patients read them; without them keywords are typed.
    """

    template_name = "backoffice/mapping.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        """Begin without facts; the form says which there are."""
        super().__init__(attrs)
        self.choices: dict[str, Any] = {}
        self.labels: dict[str, str] = {}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Lay out the template's keywords, or the pairs there are and empty rows for more."""
        context = super().get_context(name, value, attrs)
        pairs = list(value.items()) if isinstance(value, dict) else list(value or [])
        given = dict(pairs)
        if self.labels:
            pairs = [(keyword, given.get(keyword, "")) for keyword in self.labels]
        else:
            pairs += [("", "")] * max(2, ROWS - len(pairs))
        context["widget"]["rows"] = [self._row(index, *pair) for index, pair in enumerate(pairs)]
        context["widget"]["is_fixed"] = bool(self.labels)
        return context

    def _row(self, index: int, keyword: str, source: str) -> dict[str, Any]:
        fact = LITERAL if source.startswith(LITERAL) else source
        known = {"": _("请选择"), **self.choices, LITERAL: _("固定文字 →")}
        if fact not in known:
            known[fact] = fact
        return {
            "index": index,
            "keyword": keyword,
            "label": self.labels.get(keyword, ""),
            "text": source.removeprefix(LITERAL) if fact == LITERAL else "",
            "choices": [(code, label, code == fact) for code, label in known.items()],
        }

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        """Read the rows; empty ones do not count."""
        rows: list[tuple[str, str]] = []
        for index in range(MOST_ROWS):
            keyword = data.get(f"{name}-{index}-keyword")
            if keyword is None:
                break
            source = data.get(f"{name}-{index}-fact", "").strip()
            if source == LITERAL:
                source += data.get(f"{name}-{index}-text", "").strip()
            if keyword.strip() or source:
                rows.append((keyword.strip(), source))
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell whether the form had the rows at all."""
        return f"{name}-0-keyword" not in data

    def id_for_label(self, id_: str) -> str:
        """Lead the label to the first fact."""
        return f"{id_}-0-fact"


class MappingField(forms.Field):
    """A dict of keyword → fact."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the widget along."""
        super().__init__(**{"widget": MappingWidget(), "required": False, **kwargs})

    def clean(self, value: Any) -> dict[str, str]:
        """Refuse half rows, keywords WeChat does not know, and a keyword twice."""
        mapping: dict[str, str] = {}
        for keyword, source in value or []:
            if not keyword or source in {"", LITERAL}:
                row = keyword or source
                raise ValidationError(_("“%(row)s”这一行只填了一半：关键词和内容都要填"), params={"row": row})
            if not KEYWORD.fullmatch(keyword):
                raise ValidationError(
                    _("“%(row)s”不是微信模板的关键词，应如 thing1、time2、amount3"), params={"row": keyword}
                )
            if keyword in mapping:
                raise ValidationError(_("关键词“%(row)s”出现了两次"), params={"row": keyword})
            mapping[keyword] = source
        return mapping

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as pairs."""
        return dict(initial or {}) != dict(data or [])
