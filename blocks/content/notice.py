"""A line that must be read: a doctor away, a change of place, a holiday."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_READING, PortalBlock
from blocks.links import LinkBlock

# kind: (label, tone of the badge)
KINDS = {
    "notice": (_("公告"), "brand"),
    "stop": (_("停诊"), "danger"),
    "change": (_("变更"), "few"),
    "new": (_("新服务"), "brand"),
    "holiday": (_("节假日"), "few"),
}


class NoticeBlock(PortalBlock):
    """A short notice, with a page to read more; from and until are in the common settings."""

    kind = blocks.ChoiceBlock(
        label=_("类型"), choices=[(code, label) for code, (label, _tone) in KINDS.items()], default="notice"
    )
    text = blocks.CharBlock(
        label=_("内容"),
        max_length=80,
        help_text=_("一句话说清楚：谁、什么时候、怎么办。开始和停止显示的时间：点这个组件右上角的齿轮。"),
    )
    link = LinkBlock(required=False)

    class Meta:
        label = _("通知栏")
        icon = "warning"
        group = GROUP_READING
        description = _("一行醒目的通知：停诊、变更、节假日安排。可以定时出现和消失。")
        template = "blocks/content/notice.html"
        label_format = "{text}"
        preview_value = {"kind": "stop", "text": "骨科 赵启明医生 11月24日上午停诊，已预约的患者会收到消息"}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the notice as the look's parts want it."""
        label, tone = KINDS.get(value["kind"], KINDS["notice"])
        url = value["link"].resolve(context.get("request"))
        return {"items": [{"tag": label, "tone": tone, "text": value["text"], "url": url}]}
