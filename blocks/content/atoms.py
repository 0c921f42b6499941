"""Small parts that content blocks are made of: icons, tones, pictures with a text for those who cannot see them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from themes.icons import ICON_CHOICES, MEDICAL_NAMES

TONES = [
    ("teal", _("青")),
    ("green", _("绿")),
    ("blue", _("蓝")),
    ("amber", _("橙")),
    ("violet", _("紫")),
    ("red", _("红")),
    ("slate", _("灰")),
]


class IconChoiceBlock(blocks.ChoiceBlock):
    """An icon of the portal's own set."""

    choices = ICON_CHOICES

    def __init__(self, **kwargs: Any) -> None:
        """Label it; the attributes let the editor's script show pictures (cms/editor/static/editor/icon-picker.js)."""
        picker = forms.Select(attrs={"data-icon-picker": "", "data-medical-icons": " ".join(sorted(MEDICAL_NAMES))})
        super().__init__(**{"label": _("图标"), "widget": picker, **kwargs})


class ToneBlock(blocks.ChoiceBlock):
    """A colour by its name; the theme gives the value."""

    choices = TONES

    def __init__(self, **kwargs: Any) -> None:
        """Label it."""
        super().__init__(**{"label": _("颜色"), "default": "teal", **kwargs})


class PictureBlock(ImageBlock):
    """A picture with its alternative text, or marked as decoration."""

    def __init__(self, required: bool = True, **kwargs: Any) -> None:
        """Say in Chinese what the parts are; the base class names them itself."""
        super().__init__(required=required, **kwargs)
        self.child_blocks["image"].label = _("选择图片")
        self.child_blocks["decorative"].label = _("装饰图（读屏软件跳过）")
        self.child_blocks["alt_text"].label = _("替代文字")

    class Meta:
        label = _("图片")
        icon = "image"
        label_format = "{alt_text}"
