"""Drafts on a phone: the desk's window with the QR code, the list of links, and what the phone shows."""

from typing import Any

import segno
from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from blocks.previewing import PreviewOptions
from cms.editor.preview import links
from cms.editor.preview.models import DraftLink
from cms.pages.models import ComposedPage
from cms.pages.shell import site_shell
from themes.templatetags.portal_tags import clock, cn_date

GONE = 410
LISTED = 200


class LifetimeForm(forms.Form):
    """How long the new link lives."""

    hours = forms.TypedChoiceField(label=gettext_lazy("有效时间"), choices=links.LIFETIMES, coerce=int)


def may_see_drafts(user: Any) -> bool:
    """Tell whether somebody may edit at least one page."""
    return bool(PagePermissionPolicy().user_has_any_permission(user, ["change", "publish"]))


def _editable_page(request: HttpRequest, page_pk: int) -> Page:
    page = get_object_or_404(Page, pk=page_pk)
    if not page.permissions_for_user(request.user).can_edit() or not issubclass(
        page.specific_class or Page, ComposedPage
    ):
        raise PermissionDenied
    return page


def _qr(address: str) -> SafeString:
    # Drawn by segno from our own address: paths and numbers only.
    return mark_safe(segno.make(address, error="m", micro=False).svg_inline(border=2, omitsize=True))  # noqa: S308


def _living(page_pk: int | None = None) -> list[DraftLink]:
    """Return the links that open something now, the newest first."""
    found = DraftLink.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
    if page_pk is not None:
        found = found.filter(page_id=page_pk)
    return list(found.select_related("page", "made_by").order_by("-pk")[:LISTED])


def _window(request: HttpRequest, page: Page, **more: Any) -> HttpResponse:
    context = {"page": page, "links": _living(page.pk), "lifetimes": links.LIFETIMES, **more}
    response = render(request, "editor/preview/draft_window.html", context)
    response["Cache-Control"] = "no-store"
    return response


def window(request: HttpRequest, page_pk: int) -> HttpResponse:
    """Show the links of a page's draft (GET), or make one and show its QR code (POST); a part of the editor."""
    page = _editable_page(request, page_pk)
    if request.method != "POST":
        return _window(request, page)
    form = LifetimeForm(request.POST)
    if not form.is_valid():
        return _window(request, page, error=_("请选择有效时间。"))
    link, token = links.make(page, request=request, hours=form.cleaned_data["hours"])
    address = links.address_of(token, request)
    return _window(request, page, made=link, address=address, qr=_qr(address), here_only=links.is_here_only(address))


@require_POST
def revoke(request: HttpRequest, link_pk: int) -> HttpResponse:
    """End a link: whoever may edit the page may do it."""
    link = get_object_or_404(DraftLink.objects.select_related("page", "made_by"), pk=link_pk)
    page = _editable_page(request, link.page_id)
    links.revoke(link, request=request)
    if request.POST.get("from") == "list":
        return HttpResponseRedirect(reverse("editor_draft_list"))
    return _window(request, page)


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List who shows which draft, of the pages this person may edit."""
    if not may_see_drafts(request.user):
        raise PermissionDenied
    found = [link for link in _living() if link.page.permissions_for_user(request.user).can_edit()]
    return TemplateResponse(request, "editor/preview/draft_list.html", {"links": found, "title": _("草稿链接")})


# --- what the phone shows ------------------------------------------------------------------------------------------


def _guard(response: HttpResponse) -> HttpResponse:
    """Keep a draft out of caches, search engines and other sites' logs; nothing can be sent from it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    policy = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], "form-action": ["'none'"], "connect-src": ["'none'"]}
    response["Content-Security-Policy"] = "; ".join(
        f"{name} {' '.join(str(value) for value in values)}" for name, values in policy.items()
    )
    return response


def _ended(request: HttpRequest, status: int) -> HttpResponse:
    title = _("这个草稿链接已经失效")
    context = {"shell": site_shell(request, "/"), "page_title": title, "title": title, "icon": "clock"}
    context["text"] = _("它已经过期，或者被作废了。请向给您链接的同事要一个新的。")
    return _guard(render(request, "pages/error.html", context, status=status))


@require_safe
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """Show the newest saved draft of the link's page, as a guest's phone would show it, with a bar that says so."""
    link = links.find(token)
    if link is None:
        return _ended(request, 404)
    if not links.opens(link):
        return _ended(request, GONE)
    page = link.page.specific.get_latest_revision_as_object()
    until = timezone.localtime(link.expires_at)
    banner = _("草稿预览 · 有效至 %(day)s %(time)s") % {"day": cn_date(until), "time": clock(until)}
    options = PreviewOptions(signed_in=True, show_hidden=False, banner=banner)
    response: HttpResponse = page.make_preview_request(request, "", {"portal_preview": options})
    if request.method == "GET":
        links.count_opening(link)
    return _guard(response)
