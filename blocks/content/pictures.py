"""Pictures: one, two side by side, many to look through."""

from collections.abc import Mapping
from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_MEDIA, PortalBlock
from blocks.content.atoms import PictureBlock
from blocks.images import drawn, picture_html, url_of
from blocks.links import LinkBlock

ALT_HELP = _("图里有信息时必须写替代文字；纯装饰的图请勾选「装饰图」。")
_SAMPLES = (("photo-1", "胃部健康"), ("photo-2", "儿童就诊"), ("photo-3", "心电检查"), ("photo-4", "中草药"))


def sample_pictures(count: int, *, width: int = 640, height: int = 460) -> list[dict[str, Any]]:
    """Return drawn pictures as galleries want them, for previews."""
    return [
        {
            "html": drawn(name, width, height, alt),
            "url": static(f"blocks/preview/{name}.svg"),
            "alt": alt,
            "caption": alt,
        }
        for name, alt in _SAMPLES[:count]
    ]


class ImageTextBlock(PortalBlock):
    """One picture over the full width, with a caption and a link."""

    image = PictureBlock(help_text=ALT_HELP)
    caption = blocks.CharBlock(label=_("图注"), max_length=60, required=False)
    link = LinkBlock(required=False)

    class Meta:
        label = _("图片")
        icon = "image"
        group = GROUP_MEDIA
        description = _("一张通栏图片，可以加图注和链接。")
        template = "blocks/content/image.html"
        label_format = "{caption}"
        preview_value = {"image": None, "caption": "七天号源，手机上就能约"}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the picture."""
        return {"picture": picture_html(value["image"], "figure")}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a drawn picture."""
        return {"picture": drawn("banner-1", 1125, 500, "在线预约挂号")}


class PairItemBlock(blocks.StructBlock):
    """One of two pictures."""

    image = PictureBlock(help_text=ALT_HELP)
    caption = blocks.CharBlock(label=_("图注"), max_length=30, required=False)
    link = LinkBlock(required=False)

    class Meta:
        label = _("图片")
        icon = "image"
        label_format = "{caption}"


class ImagePairBlock(PortalBlock):
    """Two pictures side by side, of one shape."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    left = PairItemBlock(label=_("左图"))
    right = PairItemBlock(label=_("右图"))

    class Meta:
        label = _("双图")
        icon = "image"
        group = GROUP_MEDIA
        description = _("左右两张图片，自动裁成一样大：两个院区、两项活动、前后对比。")
        template = "blocks/content/image_pair.html"
        preview_value = {"title": ""}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the pictures that still exist."""
        request = context.get("request")
        pictures = [
            {
                "html": html,
                "caption": item["caption"],
                "url": item["link"].resolve(request),
                "label": item["link"].label,
                "alt": getattr(item["image"], "contextual_alt_text", "") or "",
            }
            for item in (value["left"], value["right"])
            if (html := picture_html(item["image"], "half"))
        ]
        return {"pictures": pictures}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return drawn pictures."""
        return {"pictures": [{**picture, "url": ""} for picture in sample_pictures(2)]}


class PhotoBlock(blocks.StructBlock):
    """One picture of a gallery."""

    image = PictureBlock(help_text=ALT_HELP)
    caption = blocks.CharBlock(label=_("图注"), max_length=60, required=False)

    class Meta:
        label = _("图片")
        icon = "image"
        label_format = "{caption}"


class GalleryBlock(PortalBlock):
    """Small pictures that open large; without JavaScript each is a link to the large one."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    columns = blocks.ChoiceBlock(label=_("每行几张"), choices=[("2", _("2 张")), ("3", _("3 张"))], default="3")
    items = blocks.ListBlock(PhotoBlock(), label=_("图片"), min_num=1, max_num=60, collapsed=True)

    class Meta:
        label = _("图库")
        icon = "image"
        group = GROUP_MEDIA
        description = _("一组照片，点开看大图，左右翻看：环境、活动、荣誉。")
        template = "blocks/content/gallery.html"
        preview_value = {"title": "科普图集", "columns": "2"}

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the pictures that still exist, small and large."""
        pictures = []
        for number, item in enumerate(value["items"], 1):
            alt = getattr(item["image"], "contextual_alt_text", "") or item["caption"] or _("第 %d 张图片") % number
            if html := picture_html(item["image"], "tile", alt=str(alt)):
                pictures.append(
                    {"html": html, "url": url_of(item["image"], "large"), "alt": alt, "caption": item["caption"]}
                )
        return {"pictures": pictures, "columns": value["columns"]}

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return drawn pictures."""
        return {"pictures": sample_pictures(4), "columns": value["columns"]}
