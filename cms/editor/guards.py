"""A step of confirmation, in plain Chinese, before a page goes live, goes offline, moves away or is deleted.

Only where patients would stumble: page checks tell what would be wrong afterwards and was not before.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages as django_messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail import hooks
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.admin import messages
from wagtail.models import Page, Revision

from cms.editor import locks
from cms.pages import checks
from cms.pages.checklist import Item, must_fix
from cms.pages.models import ComposedPage

CONFIRMED = "portal_confirmed"


def ask(
    request: HttpRequest,
    *,
    title: str,
    problems: Sequence[checks.Problem | Item],
    action: str,
    back: str,
    go: str,
    **extra: Any,
) -> TemplateResponse:
    """Show what would be wrong, with a way back and a way on that posts the same again."""
    kept = [(key, value) for key, values in request.POST.lists() for value in values if key != "csrfmiddlewaretoken"]
    context = {"title": title, "problems": problems, "action": action, "back_url": back, "go_label": go}
    context |= {"fields": [*extra.get("fields", kept), (CONFIRMED, "1")], "intro": extra.get("intro", "")}
    return TemplateResponse(request, "editor/confirm.html", context)


def before_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Ask before a page goes live that patients would stumble over; the draft is saved already."""
    if not isinstance(page, ComposedPage):
        return None
    problems: list[checks.Problem | Item] = [*checks.problems_of_publishing(page), *must_fix(page)]
    if not problems:
        return None
    if page.first_published_at is None and page.live:
        # Wagtail writes a page that is published at once as live before it asks the hooks.
        Page.objects.filter(pk=page.pk).update(live=False, has_unpublished_changes=True)
    return ask(
        request,
        title=_("发布前请确认：%(title)s") % {"title": page.title},
        intro=_("修改已经存为草稿。现在发布的话："),
        problems=problems,
        action=reverse("editor_publish_anyway", args=[page.pk]),
        back=reverse("wagtailadmin_pages:edit", args=[page.pk]),
        go=_("仍然发布"),
        fields=[("revision", str(page.latest_revision_id or ""))],
    )


@require_POST
def publish_anyway(request: HttpRequest, page_pk: int) -> HttpResponse:
    """Publish the very revision that was warned of."""
    page = get_object_or_404(Page, pk=page_pk).specific
    rights = page.permissions_for_user(request.user)
    if not rights.can_publish() or rights.page_locked():
        raise PermissionDenied
    number = request.POST.get("revision", "")
    known = number.isascii() and number.isdigit()
    revision = get_object_or_404(Revision.page_revisions, pk=int(number) if known else 0)
    edit_url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    if str(revision.object_id) != str(page.pk) or revision.pk != page.latest_revision_id:
        messages.warning(request, _("这一页刚刚又有新的修改，没有发布，请重新检查后再发布。"))
        return redirect(edit_url)
    try:
        PublishPageRevisionAction(revision, user=request.user).execute()
    except ValidationError as error:  # while staff read the warning another page took the role or the address
        messages.error(request, "".join(error.messages))
        return redirect(edit_url)
    page.refresh_from_db()
    for hook in hooks.get_hooks("after_publish_page"):
        response = hook(request, page)
        if hasattr(response, "status_code"):
            return response
    buttons = [messages.button(edit_url, _("继续编辑"))]
    if page.url:
        buttons.insert(0, messages.button(page.url, _("查看页面"), new_window=True))
    done = _("已发布「%(title)s」。") if page.live else _("已安排「%(title)s」按设定的时间发布。")
    messages.success(request, done % {"title": page.title}, buttons=buttons)
    parent = page.get_parent()
    return redirect("wagtailadmin_explore", page.pk if parent.is_root() else parent.pk)


def _before_removing(
    request: HttpRequest, pages: Iterable[Page], *, title: str, go: str, with_descendants: bool = True
) -> HttpResponse | None:
    pages = list(pages)
    back = reverse("wagtailadmin_explore", args=[pages[0].get_parent().pk])
    held = locks.held_by(request.user, pages, with_descendants=with_descendants)
    if held.forbidden:
        for sentence in held.forbidden:
            messages.error(request, sentence)
        return redirect(back)
    # A page that is not live may have live pages below it.
    composed = [page for page in pages if isinstance(page, ComposedPage) and (page.live or with_descendants)]
    problems = [*checks.problems_of_removing(composed, with_descendants=with_descendants), *held.warned]
    if not problems or request.POST.get(CONFIRMED) == "1":
        return None
    if request.method != "POST":
        # The page that asks "are you sure" shows them above its buttons.
        for problem in problems:
            django_messages.warning(request, problem.sentence)
        return None
    return ask(
        request,
        title=title,
        intro=_("这样做以后："),
        problems=problems,
        action=request.get_full_path(),
        back=back,
        go=go,
    )


def before_unpublish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Ask before a page goes offline that others need."""
    return _before_removing(
        request,
        [page],
        title=_("取消发布前请确认：%(title)s") % {"title": page.title},
        go=_("仍然取消发布"),
        with_descendants=bool(request.POST.get("include_descendants")),
    )


def before_delete(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Ask before a page is deleted that others need."""
    return _before_removing(
        request, [page], title=_("删除前请确认：%(title)s") % {"title": page.title}, go=_("仍然删除")
    )


def before_move(request: HttpRequest, page: Page, destination: Page) -> HttpResponse | None:
    """Ask before a page leaves the site that needs it; moves inside a site change no role."""
    if page.locked and page.locked_by_id != request.user.pk:
        return _before_removing(request, [page], title="", go="", with_descendants=False)
    if checks.site_holding(page.path) == checks.site_holding(destination.path):
        return None
    return _before_removing(
        request, [page], title=_("移动前请确认：%(title)s") % {"title": page.title}, go=_("仍然移动")
    )


def before_bulk(request: HttpRequest, action_type: str, objects: list[Any], action: Any) -> HttpResponse | None:
    """Ask before several pages are published, unpublished, moved or deleted at once."""
    pages = [page.specific for page in objects if isinstance(page, Page)]
    if not pages or request.method != "POST":
        return None
    if action_type == "move":
        return _before_bulk_moving(request, pages, action.cleaned_form.cleaned_data["chooser"])
    if action_type in {"delete", "unpublish"}:
        descendants = action_type == "delete" or bool(request.POST.get("include_descendants"))
        titles = {"delete": (_("删除前请确认"), _("仍然删除")), "unpublish": (_("取消发布前请确认"), _("仍然取消发布"))}
        title, go = titles[action_type]
        return _before_removing(request, pages, title=title, go=go, with_descendants=descendants)
    if action_type != "publish" or request.POST.get(CONFIRMED) == "1":
        return None
    return _before_bulk_publishing(request, pages)


def _before_bulk_moving(request: HttpRequest, pages: list[Page], destination: Page) -> HttpResponse | None:
    """Hold several to what holds for one: locked pages stay, what a site needs leaves it only after a question."""
    locked = [page for page in pages if page.locked and page.locked_by_id != request.user.pk]
    if locked:
        return _before_removing(request, locked, title="", go="", with_descendants=False)
    site = checks.site_holding(destination.path)
    leaving = [page for page in pages if checks.site_holding(page.path) != site]
    if not leaving:
        return None
    return _before_removing(request, leaving, title=_("移动前请确认"), go=_("仍然移动"))


def _before_bulk_publishing(request: HttpRequest, pages: list[Page]) -> HttpResponse | None:
    if request.POST.get("include_descendants"):
        pages = [*pages, *(p for page in pages for p in page.get_descendants().not_live().specific())]
    drafts = [page.get_latest_revision_as_object() for page in pages if isinstance(page, ComposedPage)]
    problems = checks.problems_of_publishing(*drafts)
    if not problems:
        return None
    back = reverse("wagtailadmin_explore", args=[pages[0].get_parent().pk])
    if any(problem.code == checks.TWICE for problem in problems):
        # Wagtail would publish some of them and stop in the middle.
        for problem in problems:
            messages.error(request, problem.sentence)
        return redirect(back)
    return ask(
        request,
        title=_("发布前请确认"),
        intro=_("现在发布的话："),
        problems=problems,
        action=request.get_full_path(),
        back=back,
        go=_("仍然发布"),
    )
