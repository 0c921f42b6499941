"""Telephone numbers that can be touched."""

import re
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.base import GROUP_ENTRANCES, PortalBlock

# 027-8555 1000, 400-820-8820, 120, +86 27 8555 1000, 8555 1000 转 8001
_NUMBER: Final = re.compile(r"^\+?[\d\s()（）-]{2,24}\d(?:\s*(?:转|#|,|，)\s*\d{1,6})?$")
_FEWEST_DIGITS, _MOST_DIGITS = 3, 20


def tel(number: str) -> str:
    """Return the address that dials a number as people write it; an extension follows after a pause."""
    main, *extension = re.split(r"转|#|,|，", number)
    digits = re.sub(r"[^\d+]", "", main)
    return f"tel:{digits}" + "".join(f",{re.sub(r'[^0-9]', '', part)}" for part in extension[:1])


def check_number(number: str) -> None:
    """Raise ValidationError unless ``number`` can be dialled."""
    digits = sum(character.isdigit() for character in number)
    if not _NUMBER.match(number.strip()) or not _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
        raise ValidationError(_("请填写能拨打的电话，例如：027-8555 1000、400-820-8820 或 8555 1000 转 8001。"))


class PhoneBlock(blocks.StructBlock):
    """One number."""

    name = blocks.CharBlock(label=_("名称"), max_length=16, help_text=_("例如：预约咨询、急诊、投诉建议。"))
    number = blocks.CharBlock(label=_("电话"), max_length=40)
    hours = blocks.CharBlock(
        label=_("接听时间"), max_length=30, required=False, help_text=_("例如：每天 7:30–17:30。没人接的时间要写清楚。")
    )

    class Meta:
        label = _("电话")
        icon = "mobile-alt"
        label_format = "{name} {number}"

    def clean(self, value: Any) -> Any:
        """Refuse what cannot be dialled."""
        cleaned = super().clean(value)
        if cleaned["number"]:
            try:
                check_number(cleaned["number"])
            except ValidationError as error:
                raise StructBlockValidationError(block_errors={"number": error}) from error
        return cleaned


class HotlineBlock(PortalBlock):
    """Numbers with their hours; a touch dials."""

    title = blocks.CharBlock(label=_("标题"), max_length=20, required=False)
    items = blocks.ListBlock(PhoneBlock(), label=_("电话"), min_num=1, max_num=10)

    class Meta:
        label = _("热线电话")
        icon = "mobile-alt"
        group = GROUP_ENTRANCES
        description = _("点一下就拨打：预约咨询、急诊、投诉建议。")
        template = "blocks/content/hotline.html"
        preview_value = {
            "title": "联系我们",
            "items": [
                {"name": "预约咨询", "number": "027-8555 1000", "hours": "每天 7:30–17:30"},
                {"name": "急诊", "number": "027-8555 1120", "hours": "24 小时"},
            ],
        }

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the numbers with the addresses that dial them."""
        phones = [
            {"name": item["name"], "number": item["number"], "hours": item["hours"], "url": tel(item["number"])}
            for item in value["items"]
        ]
        return {"phones": phones}
