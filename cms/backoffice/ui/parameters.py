"""A form field for the parameters of a data source: one row a parameter, no JSON to type."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from business.datasources.parameters import FIXED, NAME, ORIGINS

SPARE_ROWS = 3
MOST_ROWS = 20
PARTS = ("name", "origin", "value", "required")


class ParametersWidget(forms.Widget):
    """Rows of a name, where its value comes from, and whether it must be there."""

    template_name = "backoffice/parameters.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Lay out the parameters there are, and empty rows for more."""
        context = super().get_context(name, value, attrs)
        rows = [*(value or []), *({} for _spare in range(SPARE_ROWS))][:MOST_ROWS]
        context["widget"]["rows"] = rows
        context["widget"]["origins"] = list(ORIGINS.items())
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[dict[str, Any]]:
        """Read the rows; those without a name and a value do not count."""
        rows = []
        for index in range(MOST_ROWS):
            found = {part: str(data.get(f"{name}-{index}-{part}", "")).strip() for part in PARTS}
            if found["name"] or found["value"]:
                rows.append({**found, "required": bool(found["required"])})
        return rows

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Tell whether the form had the rows at all."""
        return f"{name}-0-name" not in data

    def id_for_label(self, id_: str) -> str:
        """Lead the label to the first name."""
        return f"{id_}-0-name"


class ParametersField(forms.Field):
    """The list that ``DataSource.parameters`` keeps."""

    def __init__(self, **kwargs: Any) -> None:
        """Nothing is required: many sources take no parameter."""
        super().__init__(**{"widget": ParametersWidget, "required": False, **kwargs})

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """Refuse what is no name, a name twice, an unknown origin, a fixed value that is empty."""
        seen: set[str] = set()
        for row in value or []:
            name = row["name"]
            if not NAME.fullmatch(name):
                raise ValidationError(
                    _("“%(row)s”不能作参数名：用英文字母开头，后面是字母、数字、下划线"), params={"row": name}
                )
            if name in seen:
                raise ValidationError(_("参数“%(row)s”出现了两次"), params={"row": name})
            if row["origin"] not in ORIGINS:
                raise ValidationError(_("请选择“%(row)s”从哪里来"), params={"row": name})
            if row["origin"] == FIXED and not row["value"]:
                raise ValidationError(_("“%(row)s”是固定值，请填写这个值"), params={"row": name})
            seen.add(name)
        return list(value or [])

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as lists."""
        return list(initial or []) != list(data or [])
