"""Page templates in the desk: a gallery to manage, a gallery to begin a page from, saving a page as a template."""

from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin import messages
from wagtail.models import Page

from cms.library import bodies, services
from cms.library.forms import SaveAsForm, TemplateForm
from cms.library.models import PageTemplate
from cms.pages.models import PortalPage

BLANK = "blank"


def may(request: HttpRequest, action: str) -> None:
    """Raise PermissionDenied unless this person has the right over templates."""
    if not request.user.has_perm(f"library.{action}_pagetemplate"):  # type: ignore[union-attr]
        raise PermissionDenied


def _categories(templates: list[PageTemplate], chosen: str) -> list[dict[str, Any]]:
    there = {template.category for template in templates}
    rows = [{"value": "", "label": _("全部"), "is_active": not chosen}]
    return rows + [
        {"value": value, "label": label, "is_active": value == chosen}
        for value, label in PageTemplate.Category.choices
        if value in there
    ]


def _gallery(request: HttpRequest, templates: list[PageTemplate]) -> dict[str, Any]:
    chosen = request.GET.get("category", "")
    shown = [template for template in templates if not chosen or template.category == chosen]
    return {"templates": shown, "categories": _categories(templates, chosen)}


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show every template, with what may be done to it."""
    may(request, "view")
    templates = list(services.templates_for())
    types = {model._meta.label_lower: str(model._meta.verbose_name) for model in bodies.composed_types()}
    for template in templates:
        template.type_label = types.get(template.page_type, _("所有页面类型"))  # type: ignore[attr-defined]
    user: Any = request.user
    context = {
        **_gallery(request, templates),
        "may_change": user.has_perm("library.change_pagetemplate"),
        "may_delete": user.has_perm("library.delete_pagetemplate"),
    }
    return render(request, "library/index.html", context)


@require_GET
def drawing(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the drawn picture of a template."""
    may(request, "view")
    template = get_object_or_404(PageTemplate, pk=pk)
    response = HttpResponse(template.drawing, content_type="image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = "default-src 'none'; img-src data:; sandbox"
    response["Cache-Control"] = "private, max-age=86400"
    return response


@require_GET
def choose(request: HttpRequest, app_label: str, model_name: str, parent_pk: int) -> HttpResponse:
    """Show what a new page may begin with: nothing, or a template."""
    parent = get_object_or_404(Page, pk=parent_pk).specific
    if not parent.permissions_for_user(request.user).can_add_subpage():
        raise PermissionDenied
    try:
        model = apps.get_model(app_label, model_name)
    except LookupError as error:
        raise Http404 from error
    if model not in parent.creatable_subpage_models():
        raise PermissionDenied
    add_url = reverse("wagtailadmin_pages:add", args=[app_label, model_name, parent_pk])
    templates = list(services.templates_for(model))
    # Who wants a new page may begin with any template: one of another type makes a page of that type.
    others = {one._meta.label_lower: one for one in parent.creatable_subpage_models() if model is PortalPage}
    templates += services.templates_of(label for label in others if label != model._meta.label_lower)
    templates.sort(key=lambda one: (one.sort, one.pk))
    for template in templates:
        kind = template.page_type if template.page_type in others else model._meta.label_lower
        template.add_url = reverse("wagtailadmin_pages:add", args=[*kind.split("."), parent_pk])  # type: ignore[attr-defined]
    context = {
        **_gallery(request, templates),
        "add_url": add_url,
        "parent": parent,
        "type_label": model._meta.verbose_name,
        "blank": BLANK,
    }
    return render(request, "library/choose.html", context)


def save_as(request: HttpRequest, page_pk: int) -> HttpResponse:
    """Save the latest draft of a page as a template."""
    may(request, "add")
    page = get_object_or_404(Page, pk=page_pk).specific
    if not page.permissions_for_user(request.user).can_edit() or not bodies.body_field(type(page)):
        raise PermissionDenied
    may_replace = request.user.has_perm("library.change_pagetemplate")  # type: ignore[union-attr]
    form = SaveAsForm(
        request.POST or None, request.FILES or None, may_replace=may_replace, initial={"name": page.title[:30]}
    )
    if request.method == "POST" and form.is_valid():
        template = form.cleaned_data.get("replaces") or form.instance
        for name in ("name", "description", "category", "page_title"):
            setattr(template, name, form.cleaned_data[name])
        services.save_from_page(request, page, template=template, picture=form.picture)
        messages.success(request, _("已把「%(page)s」存为模板「%(name)s」。") % {"page": page, "name": template.name})
        return redirect("library:index")
    sketch = PageTemplate(page_title=page.title)
    services.take_from(sketch, page)
    context = {
        "form": form,
        "page": page,
        "sketch": sketch.drawing,
        "title": _("存为模板"),
        "back_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
    }
    return render(request, "library/form.html", context, status=422 if form.errors else 200)


def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is said about a template."""
    may(request, "change")
    template = get_object_or_404(PageTemplate, pk=pk, is_removed=False)
    form = TemplateForm(request.POST or None, request.FILES or None, instance=template)
    if request.method == "POST" and form.is_valid():
        services.change(
            request, template, picture=form.picture, drop_picture=bool(form.cleaned_data.get("drop_picture"))
        )
        messages.success(request, _("已保存模板「%(name)s」。") % {"name": template.name})
        return redirect("library:index")
    context = {
        "form": form,
        "template": template,
        "title": _("修改模板"),
        "back_url": reverse("library:index"),
    }
    return render(request, "library/form.html", context, status=422 if form.errors else 200)


def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then delete a template; pages made from it stay as they are."""
    may(request, "delete")
    template = get_object_or_404(PageTemplate, pk=pk, is_removed=False)
    if request.method == "POST":
        services.remove(request, template)
        messages.success(request, _("已删除模板「%(name)s」。") % {"name": template.name})
        return redirect("library:index")
    return render(request, "library/delete.html", {"template": template, "back_url": reverse("library:index")})


@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a template one place up or down."""
    may(request, "change")
    template = get_object_or_404(PageTemplate, pk=pk, is_removed=False)
    services.move(request, template, up=request.POST.get("to") == "up")
    return redirect(f"{reverse('library:index')}#template-{pk}")
