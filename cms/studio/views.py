"""The theme studio: the list of themes, editing with a live preview, versions, use by place and date, files."""

import json
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.models import Site

from blocks import roles
from cms.backoffice.audit import trail
from cms.pages.models import PortalPage
from cms.pages.roles import address_of, pages_with_roles
from cms.studio import services
from cms.studio.forms import ImportForm, NameForm, UseForm, data_from, free_name, groups
from cms.studio.models import Theme, ThemeUse
from themes import packs
from themes.design.derive import problems, remedy
from themes.design.sheet import sheet
from themes.design.spec import BadTheme, ThemeSpec
from themes.design.transfer import Parcel, dump

CHANGE, PUBLISH = "studio.change_theme", "studio.publish_theme"
# Pages that show most of the look, in the order offered.
PREVIEWED = (
    "home",
    "registration.departments",
    "registration.doctors",
    "registration.mine",
    "patients.list",
    "account.me",
)


@require_safe
@permission_required(CHANGE)
def index(request: HttpRequest) -> HttpResponse:
    """List the themes, what is worn where and when, and ways to begin a new one."""
    themes = [
        {
            "theme": theme,
            "version": theme.published,
            "swatches": services.swatches(theme.spec),
            "uses": theme.uses.count(),
        }
        for theme in Theme.objects.all()
    ]
    context = {
        "themes": themes,
        "uses": ThemeUse.objects.select_related("theme", "site", "campus"),
        "packs": [(name, packs.parcel(name)) for name in packs.names()],
        "import_form": ImportForm(),
        "may_publish": request.user.has_perm(PUBLISH),
    }
    return TemplateResponse(request, "studio/index.html", context)


@require_POST
@permission_required(CHANGE)
def create(request: HttpRequest) -> HttpResponse:
    """Begin a theme: from a pack, or as a copy of another."""
    source, pack = request.POST.get("copy", ""), request.POST.get("pack", "")
    if source.isascii() and source.isdigit():
        other = get_object_or_404(Theme, pk=int(source))
        parcel = Parcel(_("%(name)s 副本") % {"name": other.name}, other.description, other.pack, other.spec)
    elif pack in packs.names():
        parcel = packs.parcel(pack)
    else:
        parcel = Parcel(_("新主题"), "", "", ThemeSpec())
    theme = _made(parcel)
    trail.deed(request, "theme.created", theme)
    return redirect("studio_edit", theme.pk)


def _made(parcel: Parcel) -> Theme:
    pack = parcel.pack if parcel.pack in packs.names() else ""
    return Theme.objects.create(
        name=free_name(parcel.name), description=parcel.description, pack=pack, draft=parcel.spec.as_data()
    )


@require_http_methods(["GET", "POST"])
@permission_required(CHANGE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a theme beside real pages; keep the draft, or publish it."""
    theme = get_object_or_404(Theme, pk=pk)
    data: Any = theme.draft
    errors: dict[str, str] = {}
    spec = theme.spec
    form = NameForm(request.POST or None, instance=theme)
    if request.method == "POST":
        data = data_from(request.POST)
        try:
            spec = ThemeSpec.read(data)
        except BadTheme as bad:
            errors = bad.errors
        if form.is_valid() and not errors:
            services.save_draft(theme, spec)
            return _saved(request, theme)
        messages.error(request, _("没有保存，请改正标出的地方。"))
    context = {
        "theme": theme,
        "form": form,
        "groups": groups(data, spec, errors),
        "failures": problems(spec),
        "versions": theme.versions.select_related("published_by")[:20],
        "pages": _pages(request),
        "may_publish": request.user.has_perm(PUBLISH),
    }
    return TemplateResponse(request, "studio/edit.html", context, status=422 if request.method == "POST" else 200)


def _saved(request: HttpRequest, theme: Theme) -> HttpResponse:
    again = redirect("studio_edit", theme.pk)
    trail.deed(request, "theme.saved", theme)
    if request.POST.get("action") != "publish":
        messages.success(request, _("草稿已保存，患者看不到改动；发布后生效。"))
        return again
    if not request.user.has_perm(PUBLISH):
        messages.error(request, _("草稿已保存；您没有发布主题的权限。"))
        return again
    try:
        version = services.publish(theme, user=request.user, note=request.POST.get("note", ""))
    except services.Unreadable as refused:
        shown = "；".join(refused.sentences[:5])
        messages.error(request, _("草稿已保存，但没有发布：这些文字看不清——%(pairs)s。") % {"pairs": shown})
        return again
    trail.deed(request, "theme.published", theme, detail={"version": version.number})
    done = _("已发布「%(name)s」版本 %(number)d。") % {"name": theme.name, "number": version.number}
    if not theme.uses.exists():
        done += _("还没有站点使用它，请在「使用安排」里选择。")
    messages.success(request, done)
    return again


def _pages(request: HttpRequest) -> list[tuple[str, str]]:
    """Return pages to look at: address and name."""
    site = Site.find_for_request(request) or Site.objects.filter(is_default_site=True).first()
    if site is None:
        return []
    found = pages_with_roles(site)
    offered = [(found[role], roles.label_of(role)) for role in PREVIEWED if role in found]
    reading = (
        PortalPage.objects.live().descendant_of(site.root_page).filter(service_role="").order_by("-first_published_at")
    )
    offered += [(address_of(page, site), page.title) for page in reading[:3]]
    return offered


@require_POST
@permission_required(CHANGE)
def preview(request: HttpRequest) -> HttpResponse:
    """Answer with the style sheet of values that were not saved, what cannot be read, and what is derived."""
    data = data_from(request.POST)
    try:
        spec = ThemeSpec.read(data)
    except BadTheme as bad:
        return JsonResponse({"errors": bad.errors}, status=422)
    if request.POST.get("remedy"):
        spec = remedy(spec)
    pack = request.POST.get("pack", "")
    rules = packs.own_rules(pack) if pack in packs.names() else ()
    answer = {
        "css": sheet(spec, own_rules=rules),
        "failures": [{"sentence": failure.sentence, "must": failure.is_text} for failure in problems(spec)],
        "rows": {
            row.name: {"value": row.value, "derived": row.derived}
            for group in groups(spec.as_data(), spec, {})
            for row in group.rows
        },
    }
    return JsonResponse(answer)


@require_POST
@permission_required(PUBLISH)
def restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Publish an earlier version again."""
    theme = get_object_or_404(Theme, pk=pk)
    try:
        version = services.restore(theme, get_object_or_404(theme.versions, number=number), user=request.user)
    except services.Unreadable as refused:
        messages.error(request, _("没有恢复：这些文字看不清——%(pairs)s。") % {"pairs": str(refused)})
        return redirect("studio_edit", theme.pk)
    trail.deed(request, "theme.published", theme, detail={"version": version.number, "restored": number})
    messages.success(request, _("已恢复到版本 %(number)d 的样子，并发布。") % {"number": number})
    return redirect("studio_edit", theme.pk)


@require_POST
@permission_required(PUBLISH)
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a theme nobody wears."""
    theme = get_object_or_404(Theme, pk=pk)
    if theme.uses.exists():
        messages.error(request, _("「%(name)s」正在使用安排里，请先改掉那些安排。") % {"name": theme.name})
        return redirect("studio_index")
    trail.deed(request, "theme.deleted", theme)
    theme.delete()
    messages.success(request, _("已删除「%(name)s」。") % {"name": theme.name})
    return redirect("studio_index")


@require_safe
@permission_required(CHANGE)
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand out a theme's draft as a file."""
    theme = get_object_or_404(Theme, pk=pk)
    text = dump(Parcel(theme.name, theme.description, theme.pack, theme.spec))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(theme.name)}.theme.json"
    return response


@require_POST
@permission_required(CHANGE)
def bring_in(request: HttpRequest) -> HttpResponse:
    """Make a theme from a file."""
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(
            request, _("没有导入：%(reason)s") % {"reason": "".join(str(error) for error in form.errors["file"])}
        )
        return redirect("studio_index")
    theme = _made(form.cleaned_data["file"])
    trail.deed(request, "theme.imported", theme)
    messages.success(request, _("已导入「%(name)s」，这是草稿，看过之后再发布。") % {"name": theme.name})
    return redirect("studio_edit", theme.pk)


@require_http_methods(["GET", "POST"])
@permission_required(PUBLISH)
def use(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Say where and when a theme is worn."""
    instance = get_object_or_404(ThemeUse, pk=pk) if pk is not None else None
    before = instance.site_id if instance else None
    initial = {"site": Site.objects.filter(is_default_site=True).first(), "theme": request.GET.get("theme")}
    form = UseForm(request.POST or None, instance=instance, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = form.save()
        services.rewrite_all({saved.site_id, before or saved.site_id})
        trail.deed(request, "theme.scheduled", saved.theme, detail=_facts(saved))
        messages.success(request, _("已保存安排，到时自动切换。"))
        return redirect("studio_index")
    context = {"form": form, "use": instance}
    return TemplateResponse(request, "studio/use.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@permission_required(PUBLISH)
def end_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a use away."""
    gone = get_object_or_404(ThemeUse, pk=pk)
    trail.deed(request, "theme.unscheduled", gone.theme, detail=_facts(gone))
    site_pk = gone.site_id
    gone.delete()
    services.rewrite_all({site_pk})
    messages.success(request, _("已取消这条安排。"))
    return redirect("studio_index")


def _facts(row: ThemeUse) -> dict[str, Any]:
    facts = {"site": str(row.site), "campus": str(row.campus or ""), "from": row.starts_at, "until": row.ends_at}
    return json.loads(json.dumps({**facts, "priority": row.priority}, default=str))
