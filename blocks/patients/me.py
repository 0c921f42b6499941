"""我的: the account's card, its entries, and the way out."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_PATIENTS, PortalBlock
from blocks.content.atoms import IconChoiceBlock, ToneBlock
from blocks.links import LinkBlock
from blocks.patients import samples
from blocks.patients.here import account_in, sign_in_url
from blocks.patients.views_of import patient_view
from business.patients import queries

# What every portal has; staff add their own behind.
ENTRIES = (
    ("registration.mine", "calendar", "teal", _("我的预约")),
    ("patients.code", "qrcode", "green", _("就诊二维码")),
    ("patients.list", "users", "blue", _("就诊人管理")),
    ("messages", "bell", "amber", _("消息通知")),
)


class EntryBlock(blocks.StructBlock):
    """One more line of the list."""

    icon = IconChoiceBlock(default="list")
    tone = ToneBlock()
    link = LinkBlock()

    class Meta:
        label = _("入口")
        icon = "link"


class AccountBlock(PortalBlock):
    """Who is signed in and where the account's things are."""

    delivery = "island"
    serves = "account.me"
    links_to = ("registration.mine", "patients.list", "patients.code", "messages")
    skeleton = "list"

    guest_title = blocks.CharBlock(label=_("未登录标题"), default=_("您还没有登录"), max_length=20, required=False)
    guest_text = blocks.CharBlock(
        label=_("未登录说明"), default=_("登录后查看预约、就诊人和消息"), max_length=40, required=False
    )
    guest_button = blocks.CharBlock(label=_("登录按钮"), default=_("登录"), max_length=10, required=False)
    entries = blocks.ListBlock(
        EntryBlock(),
        label=_("更多入口"),
        default=[],
        max_num=12,
        help_text=_("我的预约、就诊二维码、就诊人管理、消息通知自动显示在前面。"),
    )
    sign_out_text = blocks.CharBlock(label=_("退出按钮"), default=_("退出登录"), max_length=10, required=False)

    class Meta:
        label = _("我的")
        icon = "user"
        group = GROUP_PATIENTS
        description = _("账户卡片、常用入口和退出登录。")
        template = "blocks/patients/me.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the default patient and the entries; 1 SQL besides the roles."""
        request, account = context.get("request"), account_in(context)
        mine = list(queries.patients_of(account)) if account else []
        return {
            "is_guest": account is None,
            "sign_in_url": sign_in_url(context),
            "current": patient_view(mine[0]) if mine else None,
            "count": len(mine),
            "entries": [*_fixed(request), *_added(value, request)],
            "home_url": roles.url_for("home", request) or "/",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a made-up account."""
        fixed = [{"title": label, "icon": icon, "tone": tone, "url": "#"} for _role, icon, tone, label in ENTRIES]
        return {**samples.account(), "entries": [*fixed, *_added(value, context.get("request"))]}


def _fixed(request: Any) -> list[dict[str, Any]]:
    found = [
        {"title": label, "icon": icon, "tone": tone, "url": roles.url_for(role, request)}
        for role, icon, tone, label in ENTRIES
    ]
    return [entry for entry in found if entry["url"]]


def _added(value: Any, request: Any) -> list[dict[str, Any]]:
    found = [
        {
            "title": entry["link"].label,
            "icon": entry["icon"],
            "tone": entry["tone"],
            "url": entry["link"].resolve(request),
        }
        for entry in value["entries"]
    ]
    return [entry for entry in found if entry["url"]]
