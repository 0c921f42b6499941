"""The entrances to the services: a grid of icons."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_ENTRANCES, PortalBlock
from blocks.content.atoms import IconChoiceBlock, ToneBlock
from blocks.links import LinkBlock

DEFAULT_ITEMS = [
    {
        "icon": icon,
        "label": label,
        "tone": tone,
        "badge": "",
        "link": {"role": role, "page": None, "url": "", "text": ""},
    }
    for icon, label, tone, role in (
        ("calendar-plus", "预约挂号", "teal", "registration.departments"),
        ("history", "我的预约", "blue", "registration.mine"),
        ("users", "就诊人", "green", "patients.list"),
        ("user", "我的", "violet", "account.me"),
    )
]


class EntranceBlock(blocks.StructBlock):
    """One service."""

    icon = IconChoiceBlock(default="grid")
    label = blocks.CharBlock(label=_("文字"), max_length=8)
    tone = ToneBlock()
    badge = blocks.CharBlock(label=_("角标"), max_length=4, required=False, help_text=_("例如：新。不用时留空。"))
    link = LinkBlock()

    class Meta:
        label = _("入口")
        icon = "link"
        label_format = "{label}"


class IconGridBlock(PortalBlock):
    """A titled grid of services; an entrance whose page does not exist is left out."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    columns = blocks.ChoiceBlock(
        label=_("每行几个"), choices=[("3", _("3 个")), ("4", _("4 个")), ("5", _("5 个"))], default="4"
    )
    items = blocks.ListBlock(
        EntranceBlock(), label=_("入口"), min_num=1, max_num=30, default=DEFAULT_ITEMS, collapsed=True
    )

    class Meta:
        label = _("图标入口")
        icon = "grip"
        group = GROUP_ENTRANCES
        description = _("一格一个服务：预约挂号、缴费、报告。图标、颜色、角标都可以选。")
        template = "blocks/content/icon_grid.html"
        label_format = "{title}"
        preview_value = {"title": "", "columns": "4"}

    def _items(self, value: Any, request: Any, *, keep_all: bool) -> list[dict[str, Any]]:
        found = []
        for item in value["items"]:
            url = item["link"].resolve(request)
            if url or keep_all:
                found.append({**{k: item[k] for k in ("icon", "label", "tone", "badge")}, "url": url or "#"})
        return found

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the entrances that lead somewhere; in a preview all of them."""
        keep_all = bool(context.get("is_preview"))
        return {
            "entrances": self._items(value, context.get("request"), keep_all=keep_all),
            "columns": int(value["columns"] or 4),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two rows of services."""
        sample = [
            ("calendar-plus", "预约挂号", "teal"),
            ("receipt", "门诊缴费", "green"),
            ("clipboard-plus", "检查检验", "blue"),
            ("queue", "候诊排队", "amber"),
            ("bed", "住院服务", "violet"),
            ("triage", "智能导诊", "red"),
            ("map-pin", "院内导航", "teal"),
            ("grid", "全部服务", "slate"),
        ]
        entrances = [{"icon": i, "label": label, "tone": t, "url": "#"} for i, label, t in sample]
        return {"entrances": entrances, "columns": 4}
