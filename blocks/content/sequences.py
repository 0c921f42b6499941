"""One thing after another: the steps of a process, the years of a hospital."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_TEXT, PortalBlock
from blocks.conditions import ConditionalBlock, when_around
from blocks.content.atoms import IconChoiceBlock, PictureBlock
from blocks.content.words import SHORT_FEATURES
from blocks.images import picture_html
from blocks.links import LinkBlock

DEFAULT_STEPS = [
    {"title": title, "text": f"<p>{text}</p>", "icon": icon, "link": {"role": role}}
    for title, text, icon, role in (
        ("预约", "在手机上选科室、医生和时段，支付挂号费。", "calendar-plus", "registration.departments"),
        ("报到", "就诊当天凭预约二维码到诊区报到，无需取号。", "qrcode", ""),
        ("就诊", "听到叫号后进诊室，请带好证件和以往的检查资料。", "stethoscope", ""),
        ("检查取药", "手机缴费后，按导诊单上的地点做检查、取药。", "pill", ""),
    )
]


class StepBlock(ConditionalBlock):
    """One step."""

    title = blocks.CharBlock(label=_("做什么"), max_length=20)
    text = blocks.RichTextBlock(label=_("怎么做"), features=SHORT_FEATURES, required=False)
    icon = IconChoiceBlock(required=False, help_text=_("「图标」样式使用。"))
    link = LinkBlock(label=_("这一步的按钮"), required=False)

    class Meta:
        label = _("步骤")
        icon = "list-ol"
        label_format = "{title}"
        conditions = {"icon": when_around("style", "icon")}


class StepsBlock(PortalBlock):
    """A process told step by step."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False, default="就医流程")
    style = blocks.ChoiceBlock(
        label=_("样式"), choices=[("number", _("数字 1、2、3")), ("icon", _("图标"))], default="number"
    )
    items = blocks.ListBlock(StepBlock(), label=_("步骤"), min_num=2, max_num=12, default=DEFAULT_STEPS, collapsed=True)

    class Meta:
        label = _("步骤流程")
        icon = "list-ol"
        group = GROUP_TEXT
        description = _("一步一步说清楚怎么办：就医流程、入院流程、报销流程。")
        template = "blocks/content/steps.html"
        preview_value = {"title": "就医流程"}


class MomentBlock(blocks.StructBlock):
    """One moment of a timeline."""

    when = blocks.CharBlock(label=_("时间"), max_length=20, help_text=_("例如：1956 年、11 月 22 日、第 3 天。"))
    title = blocks.CharBlock(label=_("标题"), max_length=30)
    text = blocks.RichTextBlock(label=_("说明"), features=SHORT_FEATURES, required=False)
    image = PictureBlock(label=_("配图"), required=False)

    class Meta:
        label = _("节点")
        icon = "time"
        label_format = "{when} {title}"


class TimelineBlock(PortalBlock):
    """What happened when, or will."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    items = blocks.ListBlock(MomentBlock(), label=_("节点"), min_num=1, max_num=40, collapsed=True)

    class Meta:
        label = _("时间轴")
        icon = "history"
        group = GROUP_TEXT
        description = _("按时间排列的大事：院史、活动日程、孕期检查安排。")
        template = "blocks/content/timeline.html"
        preview_value = {
            "title": "孕期检查安排",
            "items": [
                {"when": "孕 12 周前", "title": "建档与首次产检", "text": "<p>带好夫妻双方身份证，空腹抽血。</p>"},
                {"when": "孕 15–20 周", "title": "唐氏筛查"},
                {"when": "孕 24–28 周", "title": "糖耐量检查", "text": "<p>需要空腹，检查约 3 小时。</p>"},
            ],
        }

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the moments with their pictures."""
        moments = [
            {
                "when": item["when"],
                "title": item["title"],
                "text": item["text"],
                "picture": picture_html(item["image"], "figure"),
            }
            for item in value["items"]
        ]
        return {"moments": moments}
