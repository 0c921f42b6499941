"""The common settings of every block: who sees it and when, how much air it has, what card it stands on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks.conditions import ChosenBlock, ConditionalBlock, when
from blocks.visitor import ENTRANCES, Visitor

AUDIENCES = [("everyone", _("所有人")), ("guest", _("仅未登录的人")), ("signed_in", _("仅已登录的人"))]
SPACINGS = [("none", _("紧贴上一块")), ("small", _("较小")), ("normal", _("标准")), ("large", _("较大"))]
CARD_STYLES = [("card", _("白色卡片")), ("plain", _("无底色")), ("tinted", _("浅色底"))]


def campus_choices() -> list[tuple[str, str]]:
    """Return the hospital's campuses by code, in their order."""
    from business.hospital.models import Campus

    return list(Campus.objects.order_by("sort", "pk").values_list("code", "name"))


class CampusesBlock(blocks.MultipleChoiceBlock):
    """Campuses by code; asks the database only in the editor's form, never while a page is read."""

    refers_to = "hospital.Campus"
    refers_by = "code"

    def normalize(self, value: Any) -> Any:
        """Take codes as they are: they are strings already."""
        return value

    def get_searchable_content(self, value: Any) -> list[str]:
        """Settings are not content."""
        return []


class SettingsValue(blocks.StructValue):
    """The settings of one block on one page."""

    @property
    def needs_visitor(self) -> bool:
        """Whether the answer depends on who asks; such a block cannot be part of the cacheable shell."""
        return bool(self.get("audience", "everyone") != "everyone" or self.get("entrances") or self.get("campuses"))

    def in_time(self, now: datetime | None = None) -> bool:
        """Whether ``now`` lies between from (inclusive) and until (exclusive)."""
        now = now or timezone.now()
        start, end = self.get("visible_from"), self.get("visible_until")
        return (start is None or start <= now) and (end is None or now < end)

    def next_change(self, now: datetime) -> datetime | None:
        """Return the next moment at which :meth:`in_time` changes its answer."""
        moments = [m for m in (self.get("visible_from"), self.get("visible_until")) if m is not None and m > now]
        return min(moments, default=None)

    def admits(self, visitor: Visitor) -> bool:
        """Whether this visitor is meant; who has chosen no campus sees the blocks of all campuses."""
        audience = self.get("audience", "everyone")
        if audience != "everyone" and (visitor.account is not None) != (audience == "signed_in"):
            return False
        entrances = self.get("entrances")
        if entrances and visitor.entrance not in entrances:
            return False
        campuses = self.get("campuses")
        return not campuses or not visitor.campus or visitor.campus in campuses

    @property
    def css(self) -> str:
        """Return the classes of the wrapper for spacing and card style."""
        spacing, card = self.get("spacing") or "normal", self.get("card_style") or "card"
        return f"has-space-{spacing} is-{card}" + (" is-advertising" if self.get("advertising") else "")


class SettingsBlock(ConditionalBlock):
    """Visibility and style, the same for every block."""

    schedule = ChosenBlock(label=_("什么时候显示"), choices=[("always", _("一直显示")), ("timed", _("定时显示"))])
    visible_from = blocks.DateTimeBlock(label=_("开始显示"), required=False, help_text=_("留空表示立即显示。"))
    visible_until = blocks.DateTimeBlock(label=_("停止显示"), required=False, help_text=_("留空表示一直显示。"))
    audience = blocks.ChoiceBlock(label=_("谁能看到"), choices=AUDIENCES, default="everyone")
    entrances = blocks.MultipleChoiceBlock(
        label=_("从哪里进入时显示"), choices=ENTRANCES, required=False, help_text=_("都不选表示不限。")
    )
    campuses = CampusesBlock(
        label=_("哪些院区显示"),
        choices=campus_choices,
        required=False,
        help_text=_("都不选表示全部院区；患者没有选择院区时都会显示。"),
    )
    spacing = blocks.ChoiceBlock(label=_("上下间距"), choices=SPACINGS, default="normal")
    advertising = blocks.BooleanBlock(
        label=_("推广内容"), required=False, help_text=_("活动、体检套餐一类的推广；关怀版里不显示。")
    )
    card_style = blocks.ChoiceBlock(label=_("卡片样式"), choices=CARD_STYLES, default="card")

    class Meta:
        label = _("显示设置")
        icon = "cog"
        value_class = SettingsValue
        conditions = {"visible_from": when("schedule", "timed"), "visible_until": when("schedule", "timed")}
        form_layout = blocks.BlockGroup(
            children=[
                blocks.BlockGroup(
                    children=["schedule", "visible_from", "visible_until"], heading=_("时间"), icon="calendar"
                ),
                blocks.BlockGroup(children=["audience", "entrances", "campuses"], heading=_("对象"), icon="group"),
                blocks.BlockGroup(children=["spacing", "card_style", "advertising"], heading=_("样式"), icon="view"),
            ]
        )

    def implied(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Call a block timed that was given dates before there was a choice."""
        if value.get("schedule"):
            return {}
        return {"schedule": "timed" if value.get("visible_from") or value.get("visible_until") else "always"}

    def get_searchable_content(self, value: Any) -> list[str]:
        """Settings are not content."""
        return []

    def clean(self, value: Any) -> Any:
        """Refuse an end that does not come after the start."""
        cleaned = super().clean(value)
        start, end = cleaned.get("visible_from"), cleaned.get("visible_until")
        if start and end and end <= start:
            raise StructBlockValidationError(
                block_errors={"visible_until": ValidationError(_("停止显示的时间要晚于开始显示的时间。"))}
            )
        return cleaned
