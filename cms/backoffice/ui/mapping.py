"""A form field for "this keyword of the template is filled with that fact of ours", one row a pair, no JSON to type."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# The facts our events tell (business.registration's notices); "=…" is text that is always the same.
FACTS = {
    "patient": _("就诊人"),
    "hospital": _("院区"),
    "department": _("科室"),
    "doctor": _("医生"),
    "visit_time": _("就诊时间"),
    "place": _("就诊地点"),
    "number": _("序号"),
    "amount": _("金额"),
    "record_no": _("挂号单号"),
    "reason": _("原因"),
    "now": _("发送时间"),
}
LITERAL = "="
# protocols.md §1.2 names the kinds of keyword.
KEYWORD = re.compile(
    r"(short_thing|thing|character_string|time|date|amount|phone_number|car_number|name|phrase|const|number|letter|symbol)"
    r"\d{1,3}"
)
ROWS = 8
MOST_ROWS = 100


class MappingWidget(forms.Widget):
    """Rows of a keyword, a fact, and the text where the fact is a fixed text."""

    template_name = "backoffice/mapping.html"

    def __init__(self, choices: dict[str, Any], attrs: dict[str, Any] | None = None) -> None:
        """``choices`` are the facts to choose from."""
        super().__init__(attrs)
        self.choices = choices

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Lay out the pairs there are, and empty rows for more."""
        context = super().get_context(name, value, attrs)
        pairs = list(value.items()) if isinstance(value, dict) else list(value or [])
        pairs += [("", "")] * max(2, ROWS - len(pairs))
        context["widget"]["rows"] = [self._row(index, *pair) for index, pair in enumerate(pairs)]
        return context

    def _row(self, index: int, keyword: str, source: str) -> dict[str, Any]:
        fact = LITERAL if source.startswith(LITERAL) else source
        known = {"": _("不使用"), **self.choices, LITERAL: _("固定文字 →")}
        if fact not in known:
            known[fact] = fact
        return {
            "index": index,
            "keyword": keyword,
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
        """Lead the label to the first keyword."""
        return f"{id_}-0-keyword"


class MappingField(forms.Field):
    """A dict of keyword → fact."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer the facts our events tell."""
        super().__init__(**{"widget": MappingWidget(FACTS), "required": False, **kwargs})

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
        if not mapping:
            raise ValidationError(_("至少填一行"))
        return mapping

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as pairs."""
        return dict(initial or {}) != dict(data or [])
