"""The time left until something begins or ends."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import StructBlockValidationError

from blocks import freshness
from blocks.base import GROUP_LAYOUT, PortalBlock
from blocks.links import LinkBlock


class CountdownBlock(PortalBlock):
    """Days, hours and minutes left; the date itself without JavaScript, other words afterwards."""

    title = blocks.CharBlock(label=_("标题"), max_length=24, help_text=_("等的是什么，例如：义诊报名截止。"))
    until = blocks.DateTimeBlock(label=_("到什么时候"))
    expired = blocks.CharBlock(
        label=_("时间到了以后显示"),
        max_length=40,
        default=_("已经结束，感谢您的关注"),
        help_text=_("不要留下一块空白。"),
    )
    link = LinkBlock(label=_("按钮"), required=False, help_text=_("时间到了以后按钮会自动消失。"))

    class Meta:
        label = _("倒计时")
        icon = "time"
        group = GROUP_LAYOUT
        description = _("离某个时间还有几天几小时：义诊报名、活动开始。")
        template = "blocks/content/countdown.html"

    def get_preview_value(self) -> Any:
        """Return a moment that is always ahead."""
        value = super().get_preview_value()
        value["title"], value["until"] = str(_("冬季义诊报名截止")), timezone.now() + dt.timedelta(days=3, hours=5)
        return value

    @property
    def is_previewable(self) -> bool:
        """Whether the picker can show it."""
        return True

    def clean(self, value: Any) -> Any:
        """Refuse a moment that has passed before the page is out."""
        cleaned = super().clean(value)
        until = cleaned["until"]
        if until and until <= timezone.now() and not self.is_deferred_validation:
            raise StructBlockValidationError(
                block_errors={"until": ValidationError(_("这个时间已经过去了。请改成以后的时间，或者删除这个组件。"))}
            )
        return cleaned

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return whether the moment has passed; the browser's script knows it in between."""
        until = value["until"]
        is_over = until is None or until <= timezone.now()
        if not is_over:
            freshness.depends_on(until=until)
        return {"is_over": is_over}
