"""Words: titles, text, quotations, things to take to heart."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_TEXT, PortalBlock
from blocks.links import LinkBlock
from blocks.shared import expansion

# What staff may use: the shell has the page's h1, so text starts at h2.
FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "hr", "link", "document-link", "image", "blockquote"]
# Inside a card, an answer, a step.
SHORT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]

TITLE_STYLES = [("bar", _("左侧色条")), ("plain", _("简洁")), ("center", _("居中带装饰线"))]


class TitleBlock(PortalBlock):
    """A heading over the blocks that follow."""

    title = blocks.CharBlock(label=_("标题"), max_length=24, help_text=_("一眼看懂下面是什么，例如：就诊须知。"))
    subtitle = blocks.CharBlock(label=_("副标题"), max_length=40, required=False)
    size = blocks.ChoiceBlock(
        label=_("大小"),
        choices=[("large", _("大标题")), ("small", _("小标题"))],
        default="large",
        help_text=_("一页里先用大标题分段，段内再用小标题。"),
    )
    style = blocks.ChoiceBlock(label=_("样式"), choices=TITLE_STYLES, default="bar")
    more = LinkBlock(label=_("右侧「更多」链接"), required=False)

    class Meta:
        label = _("标题")
        icon = "title"
        group = GROUP_TEXT
        description = _("给下面的内容起一个标题，可以带副标题和「更多」链接。")
        template = "blocks/content/title.html"
        preview_value = {"title": "就诊须知", "subtitle": "来院前花一分钟看看"}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the heading's level: a small title below a large one is one deeper."""
        return {"level": 3 if value["size"] == "small" and self._stands_below_a_large_one(context) else 2}

    def _stands_below_a_large_one(self, context: Mapping[str, Any]) -> bool:
        for raw in expansion.expand(getattr(getattr(context.get("page"), "body", None), "raw_data", ())):
            if raw.get("id") == context.get("block_id"):
                return False
            if raw.get("type") == self.name and raw["value"].get("size", "large") == "large":
                return True
        return False


class RichTextBlock(PortalBlock):
    """Text with headings, lists, links and pictures."""

    title = blocks.CharBlock(label=_("标题"), max_length=40, required=False)
    text = blocks.RichTextBlock(
        label=_("正文"), features=FEATURES, help_text=_("可以直接从 Word 或公众号粘贴；小标题用编辑器里的 H2、H3。")
    )

    class Meta:
        label = _("图文")
        icon = "pilcrow"
        group = GROUP_TEXT
        description = _("一段文字，可以有小标题、列表、链接和图片。")
        template = "blocks/content/rich_text.html"
        label_format = "{title} {text}"
        preview_value = {
            "title": "退号说明",
            "text": "<p>就诊前一日 22:00 前可在线退号，费用<b>原路退回</b>；就诊当日请到窗口办理。</p>"
            "<ul><li>退款一般 1 至 3 个工作日到账</li><li>停诊会自动退号退款</li></ul>",
        }


class QuoteBlock(PortalBlock):
    """Words of a person: a doctor, a patient, the hospital's motto."""

    text = blocks.TextBlock(label=_("原话"), max_length=300, help_text=_("不用加引号，页面上会自动带上。"))
    author = blocks.CharBlock(label=_("谁说的"), max_length=20, required=False)
    role = blocks.CharBlock(
        label=_("身份"), max_length=30, required=False, help_text=_("例如：消化内科主任医师。引用患者时请先征得同意。")
    )

    class Meta:
        label = _("引用")
        icon = "openquote"
        group = GROUP_TEXT
        description = _("突出一句话：专家提醒、院训、患者寄语。")
        template = "blocks/content/quote.html"
        label_format = "{text}"
        preview_value = {
            "text": "胃镜没有想象中可怕，早一天查，就早一天安心。",
            "author": "陈立群",
            "role": "消化内科主任医师",
        }


# tone: (label, classes, icon, the word for those who do not see the colour)
CALL_OUT_TONES = {
    "care": (_("温馨提示（绿）"), "is-ok", "heartbeat", _("温馨提示")),
    "info": (_("说明（青）"), "is-info", "info", _("说明")),
    "warning": (_("注意（橙）"), "is-few", "alert", _("注意")),
    "danger": (_("紧急（红）"), "is-danger", "alert-circle", _("紧急")),
}


class CallOutBlock(PortalBlock):
    """A card that must not be overlooked; its tone says how serious it is, in colour and in words."""

    tone = blocks.ChoiceBlock(
        label=_("语气"),
        choices=[(code, parts[0]) for code, parts in CALL_OUT_TONES.items()],
        default="care",
        help_text=_("「紧急」只用于危及健康的提醒，用多了就没人看了。"),
    )
    title = blocks.CharBlock(
        label=_("标题"), max_length=24, required=False, help_text=_("留空时显示语气本身，例如「温馨提示」。")
    )
    text = blocks.RichTextBlock(label=_("内容"), features=SHORT_FEATURES)
    link = LinkBlock(label=_("按钮"), required=False)

    class Meta:
        label = _("提示卡")
        icon = "warning"
        group = GROUP_TEXT
        description = _("醒目的提示：温馨提示、说明、注意、紧急，四种语气。")
        template = "blocks/content/callout.html"
        label_format = "{title} {text}"
        preview_value = {
            "tone": "warning",
            "title": "胃镜检查前请空腹",
            "text": "<p>检查前 <b>8 小时</b>不吃东西、<b>4 小时</b>不喝水；长期服用阿司匹林的患者请提前告诉医生。</p>",
        }

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return classes, icon and words of the tone."""
        _label, css, icon, word = CALL_OUT_TONES.get(value["tone"], CALL_OUT_TONES["info"])
        return {"css": css, "icon": icon, "word": word, "tone": value["tone"], "inner_level": 3}
