"""Things to read: a title and cards with a picture."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import images
from blocks.base import GROUP_ENTRANCES, PortalBlock
from blocks.conditions import ConditionalBlock, when_around
from blocks.content.atoms import IconChoiceBlock, PictureBlock, ToneBlock
from blocks.links import LinkBlock

STYLES = [("picture", _("右侧小图")), ("icon", _("左侧图标")), ("plain", _("只有文字"))]


class CardBlock(ConditionalBlock):
    """One card."""

    title = blocks.CharBlock(label=_("标题"), max_length=40)
    summary = blocks.CharBlock(label=_("摘要"), max_length=80, required=False)
    image = PictureBlock(required=False, help_text=_("「右侧小图」样式使用；标题旁的小图可以标为装饰图。"))
    icon = IconChoiceBlock(required=False, help_text=_("「左侧图标」样式使用。"))
    tone = ToneBlock()
    link = LinkBlock(required=False)

    class Meta:
        label = _("卡片")
        icon = "doc-full"
        label_format = "{title}"
        conditions = {
            "image": when_around("style", "picture"),
            "icon": when_around("style", "icon"),
            "tone": when_around("style", "icon"),
        }


class CardListBlock(PortalBlock):
    """A titled list of cards."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    style = blocks.ChoiceBlock(label=_("样式"), choices=STYLES, default="picture")
    items = blocks.ListBlock(CardBlock(), label=_("卡片"), min_num=1, max_num=20)
    more = LinkBlock(label=_("「更多」链接"), required=False)

    class Meta:
        label = _("卡片列表")
        icon = "list-ul"
        group = GROUP_ENTRANCES
        description = _("带标题的卡片：健康科普、专题、就医指南。")
        template = "blocks/content/card_list.html"
        label_format = "{title}"
        preview_value = {
            "title": "健康科普",
            "style": "icon",
            "items": [
                {
                    "title": "入冬后胃痛反复？消化科医生讲清三种不能拖的情况",
                    "summary": "消化内科 · 3 分钟读完",
                    "icon": "stomach",
                },
                {"title": "体检报告上的箭头怎么看", "summary": "健康管理中心", "icon": "report", "tone": "blue"},
            ],
        }

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the cards as the look's parts want them."""
        request, style = context.get("request"), value["style"]
        cards = [
            {
                "title": item["title"],
                "text": item["summary"],
                "picture": images.picture_html(item["image"], "card", alt="", css="ph-list-image")
                if style == "picture"
                else "",
                "icon": item["icon"] if style == "icon" else "",
                "tone": item["tone"],
                "url": item["link"].resolve(request),
            }
            for item in value["items"]
        ]
        return {"cards": cards, "more_url": value["more"].resolve(request)}
