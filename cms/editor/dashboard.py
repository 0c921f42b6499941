"""The first page staff see: what they do most, and what patients would stumble over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.ui.components import Component
from wagtail.images.permissions import permission_policy as image_policy
from wagtail.models import Page, Site

from cms.articles.models import ArticleIndexPage
from cms.pages.checks import Problem, check_site
from cms.pages.settings import PortalSettings


@dataclass(frozen=True)
class Quick:
    """One thing to do."""

    label: str
    help: str
    icon: str
    url: str
    new_window: bool = False


def default_site() -> Site | None:
    """Return the site staff work on by default."""
    return Site.objects.select_related("root_page").order_by("-is_default_site", "pk").first()


class QuickPanel(Component):
    """What staff do, each with one click, each only for those who may."""

    name = "portal_quick"
    template_name = "editor/quick_panel.html"
    order = 40

    def __init__(self, request: HttpRequest) -> None:
        """Keep who asks."""
        self.request = request

    def items(self) -> list[Quick]:
        """Return what this person may do."""
        site = default_site()
        if site is None:
            return []
        user, home = self.request.user, site.root_page
        rights = home.permissions_for_user(user)
        found = []
        if rights.can_edit():
            edit_home = reverse("wagtailadmin_pages:edit", args=[home.pk])
            found.append(Quick(_("编辑首页"), _("轮播图、图标入口、通知"), "home", edit_home))
        if user.has_perm("notices.add_notice"):
            found.append(
                Quick(_("发布公告"), _("停诊、变更、节假日，一分钟发出"), "warning", reverse("desk_notices:add"))
            )
        if any(place.permissions_for_user(user).can_add_subpage() for place in ArticleIndexPage.objects.all()):
            found.append(Quick(_("写文章"), _("科普、新闻，可从 135、秀米粘贴"), "doc-full", reverse("articles_new")))
        if rights.can_add_subpage():
            add = reverse("wagtailadmin_pages:add", args=["pages", "portalpage", home.pk])
            found.append(Quick(_("新建页面"), _("专题、指南、活动页"), "doc-empty", add))
        if rights.can_edit() or rights.can_add_subpage():
            explore = reverse("wagtailadmin_explore", args=[home.pk])
            found.append(Quick(_("全部页面"), _("查找、修改、发布"), "folder-open-inverse", explore))
        if image_policy.user_has_permission(user, "add"):
            found.append(Quick(_("上传图片"), _("照片、横图、图标"), "image", reverse("wagtailimages:add_multiple")))
        if user.has_perm("pages.change_portalsettings"):
            url = reverse("wagtailsettings:edit", args=["pages", PortalSettings._meta.model_name, site.pk])
            found.append(Quick(_("门户设置"), _("医院名称、标签栏、页脚"), "cog", url))
        found.append(Quick(_("看看患者看到的"), _("在新窗口打开首页"), "view", home.url or "/", new_window=True))
        return found

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the items."""
        return {"items": self.items()}


class ProblemsPanel(Component):
    """Page checks, listed until they are put right."""

    name = "portal_problems"
    template_name = "editor/problems_panel.html"
    order = 60

    def __init__(self, request: HttpRequest) -> None:
        """Check the portal this person works on."""
        site = default_site()
        may_see = site is not None and site.root_page.permissions_for_user(request.user).can_edit()
        self.problems: list[Problem] = check_site(site) if site is not None and may_see else []

    def rows(self) -> list[dict[str, Any]]:
        """Return each sentence with the page where it is put right."""
        pks = {pk for problem in self.problems for pk in problem.page_pks}
        titles = dict(Page.objects.filter(pk__in=pks).values_list("pk", "title"))
        return [
            {
                "sentence": problem.sentence,
                "pages": [
                    {"title": titles[pk], "url": reverse("wagtailadmin_pages:edit", args=[pk])}
                    for pk in sorted(problem.page_pks)
                    if pk in titles
                ],
            }
            for problem in self.problems
        ]

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rows."""
        return {"rows": self.rows()}
