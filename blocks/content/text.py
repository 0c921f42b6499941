"""Words and single pictures."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_CONTENT, PortalBlock
from blocks.content.atoms import PictureBlock
from blocks.links import LinkBlock

# What staff may use: the shell has the page's h1, so text starts at h2.
FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "hr", "link", "document-link", "image", "blockquote"]


class RichTextBlock(PortalBlock):
    """Text with headings, lists, links and pictures."""

    title = blocks.CharBlock(label=_("标题"), max_length=40, required=False)
    text = blocks.RichTextBlock(label=_("正文"), features=FEATURES)

    class Meta:
        label = _("图文")
        icon = "pilcrow"
        group = GROUP_CONTENT
        description = _("一段文字，可以有小标题、列表、链接和图片。")
        template = "blocks/content/rich_text.html"
        label_format = "{title} {text}"
        preview_value = {
            "title": "退号说明",
            "text": "<p>就诊前一日 22:00 前可在线退号，费用<b>原路退回</b>；就诊当日请到窗口办理。</p>"
            "<ul><li>退款一般 1 至 3 个工作日到账</li><li>停诊会自动退号退款</li></ul>",
        }


class ImageTextBlock(PortalBlock):
    """One picture over the full width, with a caption and a link."""

    image = PictureBlock(help_text=_("图里有信息时必须写替代文字；纯装饰的图请勾选「装饰图」。"))
    caption = blocks.CharBlock(label=_("图注"), max_length=60, required=False)
    link = LinkBlock(required=False)

    class Meta:
        label = _("图片")
        icon = "image"
        group = GROUP_CONTENT
        description = _("一张通栏图片，可以加图注和链接。")
        template = "blocks/content/image.html"
        label_format = "{caption}"
        preview_value = {"image": None, "caption": "门诊楼一层平面图"}

    def sample(self, value: Any, context: Any) -> dict[str, Any]:
        """Say that the drawn picture is to be shown."""
        return {"sample_image": "blocks/preview/banner-1.svg"}
