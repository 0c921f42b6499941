"""数据列表: the entries of a source's answer."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_DATA, PortalBlock
from blocks.conditions import when
from blocks.data import asking, formats
from blocks.data.fields import FieldPathBlock, RowBlock, SourceBlock, check_fields
from blocks.links import LinkBlock
from blocks.patients.here import parameters
from business.datasources import paths


class DataListBlock(PortalBlock):
    """A list bound to a source."""

    delivery = "island"
    skeleton = "list"

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    source = SourceBlock(inside_list=True, help_text=_("数据源由管理员在“数据源”里建立。"))
    item_title = FieldPathBlock(label=_("每项的标题"))
    item_text = FieldPathBlock(label=_("每项的说明"), required=False)
    item_badge = FieldPathBlock(label=_("角标"), required=False)
    rows = blocks.ListBlock(RowBlock(), label=_("每项的其他内容"), min_num=0, max_num=6, default=[])
    link = LinkBlock(required=False, label=_("点一项去哪里"), help_text=_("选择放了“数据详情”的页面。"))
    link_field = FieldPathBlock(
        label=_("带上哪个字段"), required=False, help_text=_("用它在详情页找到这一项，例如编号。")
    )
    link_parameter = blocks.RegexBlock(
        regex=r"[A-Za-z_][A-Za-z0-9_]{0,29}",
        label=_("参数名"),
        required=False,
        help_text=_("与详情数据源里的参数同名，例如 code。"),
        error_messages={"invalid": _("参数名用英文字母、数字和下划线。")},
    )
    limit = blocks.IntegerBlock(label=_("最多显示"), default=50, min_value=1, max_value=200)
    empty_text = blocks.CharBlock(label=_("没有内容时"), default=_("现在没有内容"), max_length=60)
    error_text = blocks.CharBlock(
        label=_("取不到数据时"), default=_("暂时查不到，请稍后再试，或拨打医院服务热线。"), max_length=80
    )

    class Meta:
        label = _("数据列表")
        icon = "table"
        group = GROUP_DATA
        description = _("把一个数据源的列表显示出来，例如床位余量、体检套餐。字段从样例里选，不用写代码。")
        template = "blocks/data/list.html"
        label_format = "{title}"
        conditions = {"link_parameter": when("link_field")}
        preview_value = {"title": _("体检套餐"), "source": "", "item_title": "name"}

    def clean(self, value: Any) -> Any:
        """Hold the fields to those of the sample."""
        cleaned = super().clean(value)
        if not self.is_deferred_validation:
            names = ("item_title", "item_text", "item_badge", "link_field")
            check_fields(cleaned, inside_list=True, paths={name: cleaned.get(name) or "" for name in names})
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entries: one query for the source, one call or none."""
        answer = asking.ask(value["source"], context)
        found = paths.items_at(answer.data, answer.source.items_path) if answer.source else None
        entries = [] if found is None else found[: value["limit"]]
        broken = answer.failed or (answer.data is not None and found is None)
        base = value["link"].resolve(context.get("request"))
        return {
            "answer": answer,
            "failed": broken,
            "items": [self._item(entry, value, base, context) for entry in entries],
        }

    def _item(self, entry: Any, value: Any, base: str, context: Mapping[str, Any]) -> dict[str, Any]:
        url = base
        if base and value.get("link_field") and value.get("link_parameter"):
            given = formats.shown(paths.value_at(entry, value["link_field"]), "text")
            patient = parameters(context).get("patient")
            url = roles.with_query(base, **{value["link_parameter"]: given, "patient": patient})
        return {
            "title": formats.shown(paths.value_at(entry, value["item_title"]), "text"),
            "text": _field(entry, value.get("item_text")),
            "badge": _field(entry, value.get("item_badge")),
            "url": url,
            "rows": [_row(entry, row) for row in value["rows"]],
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return made-up packages."""
        items = [
            {
                "title": _("长者关爱套餐"),
                "text": _("颈动脉彩超、骨密度、肿瘤标志物、眼底照相"),
                "badge": _("60 岁以上"),
                "url": "#",
                "rows": [{"label": _("价格"), "value": "¥980.00", "url": ""}],
            },
            {
                "title": _("入职体检套餐"),
                "text": _("一般检查、血常规、肝功能、胸部正位片"),
                "badge": "",
                "url": "#",
                "rows": [{"label": _("价格"), "value": "¥280.00", "url": ""}],
            },
        ]
        return {"answer": asking.Answer(), "failed": False, "items": items}


def _field(entry: Any, path: str | None) -> str:
    return formats.shown(paths.value_at(entry, path), "text") if path else ""


def _row(entry: Any, row: Any) -> dict[str, Any]:
    text = formats.shown(paths.value_at(entry, row["field"]), row["format"])
    return {"label": row["label"], "value": text, "url": formats.dial(text) if row["format"] == "phone" else ""}
