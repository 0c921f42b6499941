"""What the data blocks are bound with: a source, fields of its answer, formats."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.data import formats
from business.datasources import reading
from business.datasources.models import DataSource

PATH = r"[^\s.]{1,60}(\.[^\s.]{1,60}){0,7}"


class SourceBlock(blocks.ChoiceBlock):
    """A source declared by an administrator; the editor's script shows its fields where one is chosen."""

    def __init__(self, *, purpose: str = DataSource.Purpose.READ, inside_list: bool = False, **kwargs: Any) -> None:
        """List what is active when the form is shown; ``inside_list``: fields are those of one entry of a list."""
        self.purpose = purpose
        select = forms.Select(attrs={"data-source-choice": "list" if inside_list else "whole"})
        super().__init__(**{"label": _("数据源"), "choices": self._choices, "widget": select, **kwargs})

    def _choices(self) -> list[tuple[str, str]]:
        return [(source.code, source.name) for source in reading.active_sources(self.purpose)]


class FieldPathBlock(blocks.RegexBlock):
    """The place of a field in the answer, chosen from a sample (cms/editor/static/editor/data-fields.js)."""

    def __init__(self, **kwargs: Any) -> None:
        """Hold the text to a path: keys and numbers, joined by dots."""
        super().__init__(
            regex=PATH,
            error_messages={"invalid": _("请从样例里选择一个字段。")},
            **{"label": _("字段"), "max_length": 200, **kwargs},
        )
        mark = {"data-source-field": "", "autocomplete": "off", "placeholder": _("点这里从样例选择")}
        self.field.widget.attrs.update(mark)


class RowBlock(blocks.StructBlock):
    """One line: a label and a field in its format."""

    label = blocks.CharBlock(label=_("名称"), max_length=20, required=False)
    field = FieldPathBlock()
    format = blocks.ChoiceBlock(label=_("格式"), choices=formats.CHOICES, default="text")

    class Meta:
        label = _("一行")
        icon = "list-ul"
        label_format = "{label}"


def check_fields(value: Any, *, inside_list: bool, paths: dict[str, str]) -> None:
    """Raise an error at each block that names a field the source's sample does not have.

    ``paths``: child block name → chosen path. A source that nobody has tried yet has no sample: nothing is refused.
    """
    source = DataSource.objects.filter(code=value.get("source"), is_active=True).first()
    if source is None:
        raise StructBlockValidationError(
            block_errors={"source": ValidationError(_("这个数据源已停用，请选择另一个。"))}
        )
    known = {path for path, _example in reading.sample_fields(source, inside_list=inside_list)}
    errors = {
        name: ValidationError(_("样例里没有“%(path)s”，请重新选择。") % {"path": path})
        for name, path in paths.items()
        if known and path and path not in known
    }
    if errors:
        raise StructBlockValidationError(block_errors=errors)
