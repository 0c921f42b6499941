"""A row of pictures that can be swiped: campaigns, new services, notices with a face."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import images
from blocks.base import GROUP_MEDIA, PortalBlock
from blocks.content.atoms import PictureBlock
from blocks.links import LinkBlock


class SlideBlock(blocks.StructBlock):
    """One picture of the carousel."""

    image = PictureBlock(help_text=_("横图，建议 1125 × 500。图里有文字时，替代文字要写全。"))
    title = blocks.CharBlock(
        label=_("大字"), max_length=14, required=False, help_text=_("叠在图片左侧，图里已有文字时留空。")
    )
    text = blocks.CharBlock(label=_("小字"), max_length=24, required=False)
    link = LinkBlock(required=False)

    class Meta:
        label = _("图片")
        icon = "image"
        label_format = "{title}"


class BannerBlock(PortalBlock):
    """Pictures that change slowly and can be stopped; a scrolling row without JavaScript."""

    label = blocks.CharBlock(
        label=_("名称"), max_length=20, default=_("图片公告"), help_text=_("读屏软件会念出来，患者看不到。")
    )
    slides = blocks.ListBlock(SlideBlock(), label=_("图片"), min_num=1, max_num=8)

    class Meta:
        label = _("轮播图")
        icon = "image"
        group = GROUP_MEDIA
        description = _("一到八张横图，左右滑动，可以点击跳转。")
        template = "blocks/content/banner.html"
        label_format = "{label}"
        preview_value = {"label": "图片公告", "slides": []}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the slides whose picture still exists."""
        slides: list[dict[str, Any]] = []
        for slide in value["slides"]:
            if picture := images.picture_html(slide["image"], "banner", first=not slides):
                url = slide["link"].resolve(context.get("request"))
                slides.append({"picture": picture, "url": url, "title": slide["title"], "text": slide["text"]})
        return {"slides": slides, "label": value["label"]}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return drawn pictures."""
        slides = [
            {"picture": images.drawn(f"banner-{n}", 1125, 500, alt), "url": "#"}
            for n, alt in ((1, "在线预约挂号"), (2, "冬季健康讲座"))
        ]
        return {"slides": slides, "label": value["label"]}
