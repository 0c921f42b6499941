"""公告: every notice of today by kind, and one of them in full."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks.base import GROUP_READING, PortalBlock
from blocks.notices import words
from blocks.patients.here import fragment, here, parameters
from business.notices import queries
from business.notices.models import Notice

PAGE_SIZE = 20
LAST_PAGE = 50


class NoticeListBlock(PortalBlock):
    """Tabs by kind, newest first; the address may name one notice."""

    delivery = "island"
    serves = "notices"
    skeleton = "list"

    empty_title = blocks.CharBlock(label=_("没有公告时"), default=_("现在没有公告"), max_length=40, required=False)

    class Meta:
        label = _("公告列表")
        icon = "list-ul"
        group = GROUP_READING
        description = _("按类型查看全部生效的公告，点一条看全文。放在用途为“公告”的页面。")
        template = "blocks/notices/list.html"
        label_format = _("公告列表")

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of the list, or one notice; 2 SQL. Raises NotFoundError for one that is over."""
        request, asked = context.get("request"), parameters(context)
        if ref := asked.get("notice"):
            notice = queries.get_notice(ref)
            return {
                "notice": notice,
                "tone": words.tone_of(notice),
                "scope": words.scope_of(notice),
                "day": words.day_of(notice),
                "all_url": here(context, notice=None),
                "all_hx_url": fragment(context, notice=None),
            }
        kind = asked.get("kind", "")
        kind = kind if kind in Notice.Kind.values else ""
        number = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) <= 2 else 1  # noqa: PLR2004
        number = min(max(number, 1), LAST_PAGE)
        found, more = queries.page_of(kind=kind, start=(number - 1) * PAGE_SIZE, size=PAGE_SIZE)
        return {
            "notice": None,
            "items": words.list_items(found, request),
            "tabs": [
                {
                    "label": label,
                    "url": here(context, kind=code or None, page=None),
                    "hx_url": fragment(context, kind=code or None, page=None),
                    "is_active": code == kind,
                }
                for code, label in (("", _("全部")), *Notice.Kind.choices)
            ],
            "more_url": here(context, page=number + 1) if more else "",
            "earlier_url": here(context, page=number - 1 if number > 2 else None) if number > 1 else "",  # noqa: PLR2004
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return made-up notices."""
        kinds = [("", _("全部")), *Notice.Kind.choices]
        return {
            "notice": None,
            "items": [
                {
                    "title": _("骨科 赵启明医生 11月24日（周二）上午停诊"),
                    "text": _("请改约其他日期或其他医生；如有疑问请拨打医院服务热线。"),
                    "meta": _("主院区 · 骨科"),
                    "badge": _("停诊"),
                    "badge_tone": "danger",
                    "url": "#",
                },
                {
                    "title": _("冬季门诊时间调整"),
                    "text": _("12月1日起，上午门诊 8:00 开诊，下午 14:00 开诊。"),
                    "meta": _("2026年11月20日"),
                    "badge": _("门诊通知"),
                    "badge_tone": "brand",
                    "url": "#",
                },
            ],
            "tabs": [{"label": label, "url": "#", "is_active": not code} for code, label in kinds],
            "more_url": "",
            "earlier_url": "",
        }
