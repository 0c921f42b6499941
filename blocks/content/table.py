"""Tables: prices, times, lists; typed or pasted from a spreadsheet."""

import csv
import re
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.base import GROUP_TEXT, PortalBlock

MAX_COLUMNS: Final = 8
MAX_ROWS: Final = 100
_NUMBER: Final = re.compile(r"^[¥￥]?\s*-?[\d,]+(\.\d+)?\s*(%|元|分钟|天|次|张|人)?$")
_SEPARATOR: Final = re.compile(r"[|｜]")


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of a table written one row a line, cells apart by tabs (as spreadsheets copy) or bars.

    Empty lines are left out; short rows keep their length, so that a form can name them.
    """
    if "\t" in text:
        try:
            rows = list(csv.reader(text.splitlines(keepends=True), dialect="excel-tab"))
        except csv.Error:
            rows = [line.split("\t") for line in text.splitlines()]
    else:
        rows = [_SEPARATOR.split(_without_frame(line)) for line in text.splitlines()]
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    return [row for row in cells if any(row)]


def _without_frame(line: str) -> str:
    """Return a line without the bars around it: ``| a | b |``."""
    line = line.strip()
    return line[1:-1] if len(line) > 1 and line[0] in "|｜" and line[-1] in "|｜" else line


def text_of(rows: list[list[str]]) -> str:
    """Return the table as staff see it in the form."""
    return "\n".join(" | ".join(row) for row in rows)


class TableBlock(PortalBlock):
    """A table with headings; wide ones scroll inside their card."""

    title = blocks.CharBlock(
        label=_("表名"), max_length=40, help_text=_("说清楚这是什么表，例如：体检套餐价格。读屏软件也会念。")
    )
    text = blocks.TextBlock(
        label=_("表格内容"),
        rows=8,
        help_text=_("从 Excel 或 WPS 复制后直接粘贴；也可以手写：一行一排，格子之间用竖线 | 隔开。"),
    )
    first_row = blocks.BooleanBlock(label=_("第一行是表头"), required=False, default=True)
    first_column = blocks.BooleanBlock(label=_("第一列是表头"), required=False, default=False)
    note = blocks.CharBlock(label=_("表下说明"), max_length=100, required=False)

    class Meta:
        label = _("表格")
        icon = "table"
        group = GROUP_TEXT
        description = _("价格表、时间表、名单。可以从 Excel 直接粘贴。")
        template = "blocks/content/table.html"
        preview_value = {
            "title": "体检套餐价格",
            "text": "套餐 | 适合人群 | 价格\n入职体检 | 18 岁以上 | ¥180\n"
            "基础套餐 | 35 岁以下 | ¥480\n全面套餐 | 35 岁以上 | ¥1,280",
            "note": "价格含抽血与报告费用。",
        }

    def clean(self, value: Any) -> Any:
        """Refuse what would not be a table, at the field; keep it tidy."""
        cleaned = super().clean(value)
        rows = rows_of(cleaned["text"] or "")
        problem = self._problem(rows, with_head=cleaned["first_row"])
        if problem and not (self.is_deferred_validation and not rows):
            raise StructBlockValidationError(block_errors={"text": ValidationError(problem)})
        if "\t" in cleaned["text"]:
            cleaned["text"] = text_of(rows)
        return cleaned

    @staticmethod
    def _problem(rows: list[list[str]], *, with_head: bool) -> Any:
        if len(rows) < (2 if with_head else 1):
            return _("表格至少要有一行内容（表头不算）。")
        widths = [len(row) for row in rows]
        if max(widths) < 2:  # noqa: PLR2004  # one column is a list
            return _("只有一列，不像表格：格子之间用竖线 | 隔开，或从 Excel 复制粘贴。")
        if max(widths) > MAX_COLUMNS:
            return _("第 %(row)d 行有 %(count)d 列，手机上放不下，最多 %(max)d 列。请拆成两张表。") % {
                "row": widths.index(max(widths)) + 1,
                "count": max(widths),
                "max": MAX_COLUMNS,
            }
        if len(rows) > MAX_ROWS:
            return _("有 %(count)d 行，太长了，最多 %(max)d 行。可以改成文件下载。") % {
                "count": len(rows),
                "max": MAX_ROWS,
            }
        for number, width in enumerate(widths, 1):
            if width > widths[0]:
                return _("第 %(row)d 行有 %(count)d 格，比第一行的 %(first)d 格多。请检查竖线 |。") % {
                    "row": number,
                    "count": width,
                    "first": widths[0],
                }
        return ""

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return head and rows of cells; columns of numbers stand at the right."""
        rows = rows_of(value["text"] or "")
        width = max((len(row) for row in rows), default=0)
        rows = [row + [""] * (width - len(row)) for row in rows]
        head = rows.pop(0) if value["first_row"] and len(rows) > 1 else []
        numeric = [all(_NUMBER.match(row[at]) for row in rows if row[at]) for at in range(width)] if rows else []
        return {
            "head": [{"text": text, "is_number": numeric[at]} for at, text in enumerate(head)],
            "rows": [
                [
                    {"text": text, "is_number": numeric[at], "is_head": at == 0 and value["first_column"]}
                    for at, text in enumerate(row)
                ]
                for row in rows
            ],
        }
