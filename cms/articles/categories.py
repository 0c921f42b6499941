"""The desk of categories: a tree that staff make, order and tidy up."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import models, transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from mptt.forms import TreeNodeChoiceField

from cms.articles.models import ArticlePage, Category
from cms.backoffice.audit import trail

DEEPEST = 3  # levels
LIST = "articles_categories"


class CategoryForm(forms.ModelForm):
    """Name and place of a category."""

    parent = TreeNodeChoiceField(
        queryset=Category.objects.none(),
        label=gettext_lazy("上级分类"),
        required=False,
        level_indicator="　",
        empty_label=gettext_lazy("没有（最上一级）"),
    )

    class Meta:
        model = Category
        fields = ["name", "parent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer every place but those below the category itself."""
        super().__init__(*args, **kwargs)
        places = Category.objects.filter(level__lt=DEEPEST - 1).order_by("tree_id", "lft")
        if self.instance.pk:
            below = self.instance.get_descendants(include_self=True).values_list("pk", flat=True)
            places = places.exclude(pk__in=list(below))
        self.fields["parent"].queryset = places

    def clean_name(self) -> str:
        """Refuse a name without a word."""
        name = " ".join(self.cleaned_data["name"].split())
        if not any(character.isalnum() for character in name):
            raise forms.ValidationError(_("请填写分类的名称。"))
        return name

    def clean(self) -> dict[str, Any]:
        """Refuse two of one name side by side, and more levels than a phone can show."""
        cleaned = super().clean() or self.cleaned_data
        parent, name = cleaned.get("parent"), cleaned.get("name")
        twins = Category.objects.filter(parent=parent, name=name).exclude(pk=self.instance.pk)
        if name and twins.exists():
            self.add_error("name", _("这一级已经有「%(name)s」了。") % {"name": name})
        if self.instance.pk and parent is not None:
            depth = max(self.instance.get_descendants(include_self=True).values_list("level", flat=True))
            if parent.level + 1 + depth - self.instance.level >= DEEPEST:
                self.add_error("parent", _("分类最多三级，放在这里就超过了。"))
        return cleaned


@permission_required("articles.view_category", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """Show the tree with the number of articles of each."""
    tree = list(Category.objects.order_by("tree_id", "lft").annotate(used=Count("articles")))
    siblings: dict[int | None, list[int]] = {}
    for node in tree:
        siblings.setdefault(node.parent_id, []).append(node.pk)
    rows = [
        {
            "node": node,
            "indent": "　" * node.level,
            "is_first": siblings[node.parent_id][0] == node.pk,
            "is_last": siblings[node.parent_id][-1] == node.pk,
        }
        for node in tree
    ]
    may_change = request.user.has_perm("articles.change_category")
    return TemplateResponse(request, "articles/categories.html", {"rows": rows, "may_change": may_change})


@permission_required("articles.change_category", raise_exception=True)
def edit(request: HttpRequest, category: int | None = None) -> HttpResponse:
    """Add or change a category."""
    node = get_object_or_404(Category, pk=category) if category else Category()
    above = request.GET.get("parent", "")
    start = {"parent": int(above)} if above.isascii() and above.isdigit() and len(above) < 10 else {}  # noqa: PLR2004
    form = CategoryForm(request.POST or None, instance=node, initial=start)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            saved = form.save()
            event = "record.changed" if category else "record.created"
            trail.deed(request, event, saved, object_ref=str(saved.pk), detail={"name": saved.name})
        messages.success(request, _("已保存「%(name)s」。") % {"name": saved.name})
        return redirect(LIST)
    title = _("修改分类") if category else _("新建分类")
    return TemplateResponse(request, "articles/category_form.html", {"form": form, "title": title, "node": node})


@require_POST
@permission_required("articles.change_category", raise_exception=True)
def move(request: HttpRequest, category: int, way: str) -> HttpResponse:
    """Move a category before or behind its neighbour."""
    with transaction.atomic():
        node = get_object_or_404(Category.objects.select_for_update(), pk=category)
        neighbour = node.get_previous_sibling() if way == "up" else node.get_next_sibling()
        if neighbour is not None:
            node.move_to(neighbour, "left" if way == "up" else "right")
            trail.deed(request, "record.changed", node, object_ref=str(node.pk), detail={"name": node.name, "way": way})
    return redirect(f"{reverse(LIST)}#category-{category}")


@permission_required("articles.delete_category", raise_exception=True)
def delete(request: HttpRequest, category: int) -> HttpResponse:
    """Delete a category; its articles and the categories below it move to another one first."""
    node = get_object_or_404(Category, pk=category)
    used, children = ArticlePage.objects.filter(category=node).count(), node.get_children().count()
    others = Category.objects.exclude(pk__in=list(node.get_descendants(include_self=True).values_list("pk", flat=True)))
    field = TreeNodeChoiceField(
        queryset=others.order_by("tree_id", "lft"), level_indicator="　", required=bool(used), label=_("文章移到")
    )
    problem = ""
    if request.method == "POST":
        try:
            target = field.clean(request.POST.get("target") or None)
        except forms.ValidationError:
            problem = _("请选择把文章移到哪个分类。")
        else:
            _delete(request, node, target)
            messages.success(request, _("已删除「%(name)s」。") % {"name": node.name})
            return redirect(LIST)
    context = {"node": node, "used": used, "children": children, "problem": problem}
    context["choices"] = [(value, label) for value, label in field.choices if value]
    return TemplateResponse(request, "articles/category_delete.html", context)


@transaction.atomic
def _delete(request: HttpRequest, node: Category, target: Category | None) -> None:
    if target is not None:
        pks = list(ArticlePage.objects.filter(category=node).values_list("pk", flat=True))
        ArticlePage.objects.filter(pk__in=pks).update(category=target)
        _move_in_drafts(pks, node, target)
    for child in list(node.get_children()):
        child.refresh_from_db()
        child.move_to(Category.objects.get(pk=node.parent_id) if node.parent_id else None, "last-child")
    name, pk = node.name, node.pk
    Category.objects.get(pk=pk).delete()
    detail = {"name": name, "moved_to": target.name if target else ""}
    trail.deed(request, "record.deleted", object_type=Category._meta.label, object_ref=str(pk), detail=detail)


def _move_in_drafts(pks: list[int], node: Category, target: Category) -> None:
    """Let unpublished revisions name the new category too: publishing one would bring back what is gone."""
    for page in ArticlePage.objects.filter(pk__in=pks).select_related("latest_revision"):
        revision: models.Model | None = page.latest_revision
        if revision is not None and revision.content.get("category") == node.pk:
            revision.content["category"] = target.pk
            revision.save(update_fields=["content"])


def urls() -> list[URLPattern]:
    """Return the addresses of this desk."""
    return [
        path("articles/categories/", index, name=LIST),
        path("articles/categories/new/", edit, name="articles_category_new"),
        path("articles/categories/<int:category>/", edit, name="articles_category_edit"),
        path("articles/categories/<int:category>/delete/", delete, name="articles_category_delete"),
        path("articles/categories/<int:category>/move/up/", move, {"way": "up"}, name="articles_category_up"),
        path("articles/categories/<int:category>/move/down/", move, {"way": "down"}, name="articles_category_down"),
    ]
