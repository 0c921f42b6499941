"""The entrances to the services: a grid of icons."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_ENTRANCES, PortalBlock
from blocks.conditions import ChosenBlock, ConditionalBlock, when
from blocks.content.atoms import IconChoiceBlock, ToneBlock
from blocks.links import LinkBlock

COLUMNS = [("1", _("1 个（长条）")), ("2", _("2 个")), ("3", _("3 个")), ("4", _("4 个")), ("5", _("5 个"))]
MOST_COUNTED = 99

DEFAULT_ITEMS = [
    {
        "icon": icon,
        "label": label,
        "tone": tone,
        "link": {"role": role},
    }
    for icon, label, tone, role in (
        ("calendar-plus", "预约挂号", "teal", "registration.departments"),
        ("history", "我的预约", "blue", "registration.mine"),
        ("users", "就诊人", "green", "patients.list"),
        ("user", "我的", "violet", "account.me"),
    )
]


BADGES = [("none", _("不要角标")), ("new", _("「新」")), ("text", _("自己写")), ("count", _("数字"))]


class EntranceBlock(ConditionalBlock):
    """One service."""

    icon = IconChoiceBlock(default="grid")
    label = blocks.CharBlock(label=_("文字"), max_length=8)
    tone = ToneBlock()
    badge_kind = ChosenBlock(label=_("角标"), choices=BADGES)
    badge = blocks.CharBlock(label=_("角标文字"), max_length=4, required=False, help_text=_("一到四个字，例如：热门。"))
    badge_count = blocks.IntegerBlock(
        label=_("角标数字"), required=False, min_value=1, max_value=999, help_text=_("超过 99 显示 99+。")
    )
    link = LinkBlock()

    class Meta:
        label = _("入口")
        icon = "link"
        label_format = "{label}"
        conditions = {"badge": when("badge_kind", "text"), "badge_count": when("badge_kind", "count")}

    def implied(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Tell what a badge from before the choice means."""
        if value.get("badge_kind"):
            return {}
        return {"badge_kind": "text" if value.get("badge") else "none"}


def badge_of(item: Mapping[str, Any]) -> str:
    """Return what the badge of an entrance says, empty for none."""
    kind = item.get("badge_kind") or ("text" if item.get("badge") else "none")
    if kind == "new":
        return str(_("新"))
    if kind == "count":
        count = item.get("badge_count") or 0
        return "99+" if count > MOST_COUNTED else str(count or "")
    return str(item.get("badge") or "") if kind == "text" else ""


class IconGridBlock(PortalBlock):
    """A titled grid of services; an entrance whose page does not exist is left out."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    columns = blocks.ChoiceBlock(label=_("每行几个"), choices=COLUMNS, default="4")
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
                found.append(
                    {**{k: item[k] for k in ("icon", "label", "tone")}, "badge": badge_of(item), "url": url or "#"}
                )
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
        badges = {"候诊排队": "3", "智能导诊": str(_("新"))}
        entrances = [
            {"icon": i, "label": label, "tone": t, "url": "#", "badge": badges.get(label, "")} for i, label, t in sample
        ]
        return {"entrances": entrances, "columns": 4}
