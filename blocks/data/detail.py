"""数据详情: one answer of a source, line by line."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.base import GROUP_DATA, PortalBlock
from blocks.data import asking, formats
from blocks.data.fields import FieldPathBlock, RowBlock, SourceBlock, check_fields
from business.datasources import paths, reading
from business.datasources.models import DataSource


class DataDetailBlock(PortalBlock):
    """Facts bound to a source."""

    delivery = "island"
    skeleton = "rows"

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    source = SourceBlock(help_text=_("数据源由管理员在“数据源”里建立。"))
    title_field = FieldPathBlock(label=_("用字段作标题"), required=False)
    rows = blocks.ListBlock(RowBlock(), label=_("显示哪些内容"), min_num=1, max_num=30)
    empty_text = blocks.CharBlock(label=_("没有内容时"), default=_("没有查到，可能已经下架或结束"), max_length=60)
    error_text = blocks.CharBlock(
        label=_("取不到数据时"), default=_("暂时查不到，请稍后再试，或拨打医院服务热线。"), max_length=80
    )

    class Meta:
        label = _("数据详情")
        icon = "list-ul"
        group = GROUP_DATA
        description = _("显示数据源的一条内容：名称、价格、时间……每行选一个字段和格式。")
        template = "blocks/data/detail.html"
        label_format = "{title}"
        preview_value = {"title": _("套餐详情"), "source": "", "rows": []}

    def clean(self, value: Any) -> Any:
        """Hold the fields to those of the sample, each error at its line."""
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        check_fields(cleaned, inside_list=False, paths={"title_field": cleaned.get("title_field") or ""})
        source = DataSource.objects.get(code=cleaned["source"])
        known = {path for path, _example in reading.sample_fields(source, inside_list=False)}
        wrong = {
            index: StructBlockValidationError(
                block_errors={"field": ValidationError(_("样例里没有这个字段，请重新选择。"))}
            )
            for index, row in enumerate(cleaned["rows"])
            if known and row["field"] not in known
        }
        if wrong:
            raise StructBlockValidationError(block_errors={"rows": ListBlockValidationError(block_errors=wrong)})
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the lines: one query for the source, one call or none."""
        answer = asking.ask(value["source"], context)
        rows = []
        for row in value["rows"] if answer.data is not None else ():
            text = formats.shown(paths.value_at(answer.data, row["field"]), row["format"])
            is_phone = row["format"] == "phone" and formats.dial(text)
            rows.append(
                {
                    "label": row["label"],
                    "value": text or "—",
                    "link_url": formats.dial(text) if is_phone else "",
                    "link_label": _("拨打") if is_phone else "",
                }
            )
        own = value.get("title_field")
        heading = formats.shown(paths.value_at(answer.data, own), "text") if own and answer.data is not None else ""
        return {"answer": answer, "failed": answer.failed, "rows": rows, "heading": heading or value["title"]}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up package."""
        rows = [
            {"label": _("价格"), "value": "¥980.00"},
            {"label": _("适合"), "value": _("60 岁以上")},
            {"label": _("项目"), "value": _("颈动脉彩超、骨密度、肿瘤标志物、眼底照相")},
        ]
        return {"answer": asking.Answer(), "failed": False, "rows": rows, "heading": _("长者关爱套餐")}
