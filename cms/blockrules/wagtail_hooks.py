"""Where the rules and the report of blocks hang in the desk."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

from cms.blockrules import report, views
from cms.blockrules.models import PageLock
from cms.blockrules.rights import labels_not_to_be_copied, may_manage
from cms.blockrules.usage import stream_fields


class RulesItem(MenuItem):
    """Shown to who decides about blocks."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may decide."""
        return may_manage(request.user)


class UsageItem(MenuItem):
    """Shown to who edits pages."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person has pages."""
        return bool(page_permission_policy.user_has_any_permission(request.user, ["add", "change", "publish"]))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the addresses."""
    return [
        path("blocks/rules/", views.rules, name="block_rules"),
        path("blocks/lock/<int:page_pk>/", views.page_lock, name="block_rules_page_lock"),
        path("reports/blocks/", report.usage, name="block_usage"),
    ]


@hooks.register("register_settings_menu_item")
def rules_item() -> MenuItem:
    """Hang the rules under 设置."""
    return RulesItem(_("组件权限"), reverse("block_rules"), name="block-rules", icon_name="lock", order=620)


@hooks.register("register_reports_menu_item")
def usage_item() -> MenuItem:
    """Hang the report under 报表."""
    return UsageItem(_("组件使用"), reverse("block_usage"), name="block-usage", icon_name="grip", order=650)


@hooks.register("register_page_header_buttons")
def lock_button(
    page: Page, user: Any, next_url: str | None = None, view_name: str = "", **kwargs: Any
) -> Iterator[Button]:
    """Offer the lock of a page's business blocks in the menu of the page."""
    if not page.pk or not user.has_perm("block_rules.change_pagelock") or not stream_fields(page.specific_class):
        return
    locked = PageLock.objects.filter(page_id=page.pk).exists()
    yield Button(
        _("解锁业务组件") if locked else _("锁定业务组件"),
        reverse("block_rules_page_lock", args=[page.pk]),
        icon_name="lock-open" if locked else "lock",
        priority=75,
    )


@hooks.register("before_copy_page")
def no_way_round_by_copying(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Refuse copies and aliases that would add blocks this person may not add."""
    below = request.method == "POST" and bool(request.POST.get("copy_subpages"))
    labels = labels_not_to_be_copied(request.user, page, with_descendants=below)
    if not labels:
        return None
    words = {"title": page.get_admin_display_title(), "labels": "」「".join(labels)}
    messages.error(request, _("不能复制「%(title)s」：里面的「%(labels)s」只能由管理员添加，请联系管理员。") % words)
    return redirect("wagtailadmin_explore", page.get_parent().pk)
