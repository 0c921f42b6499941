"""公用内容 in the desk: the list, the editor, and a page that asks before something in use goes offline or away."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, LiveStatusTagColumn, UpdatedAtColumn
from wagtail.models import Revision
from wagtail.snippets.views.chooser import ChooseResultsView, ChooseView, SnippetChooserViewSet
from wagtail.snippets.views.snippets import CopyView, DeleteView, IndexView, SnippetViewSet, UnpublishView

from cms.backoffice.ui import columns
from cms.shared import consequences
from cms.shared.holding import against_removing
from cms.shared.models import SharedBlock
from cms.shared.uses import pages_using

CONFIRMED = "portal_confirmed"


def address(view: str, *args: Any) -> str:
    """Return the address of a view of shared content."""
    return reverse(SharedBlock.snippet_viewset.get_url_name(view), args=args)  # type: ignore[attr-defined]


class SharedIndexView(IndexView):
    """The list, with how many pages use each."""

    def get_base_queryset(self) -> QuerySet[SharedBlock]:
        """Count the pages in the same query."""
        found: QuerySet[SharedBlock] = super().get_base_queryset()
        return found.annotate(pages=Count("uses"))


class _Asking:
    """Shows where something is used; a used one goes only after that page was seen."""

    object: SharedBlock
    request: HttpRequest
    is_deletion = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the pages and what patients would stumble over."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        uses, problems = pages_using(self.object), consequences.of_removing(self.object)
        more = {"uses": uses, "problems": problems, "shared": self.object, "is_deletion": self.is_deletion}
        return {**context, **more, "back_url": address("edit", self.object.pk)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse at once what will not be done."""
        return self._refused() or super().get(request, *args, **kwargs)  # type: ignore[misc]

    def _refused(self) -> HttpResponse | None:
        sentences = against_removing(self.request.user, self.object)
        for sentence in sentences:
            messages.error(self.request, sentence)
        return redirect(address("edit", self.object.pk)) if sentences else None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask first where it is in use."""
        refused = self._refused()
        if refused is not None:
            return refused
        if request.POST.get(CONFIRMED) != "1" and pages_using(self.object):
            return self.get(request, *args, **kwargs)  # type: ignore[attr-defined,no-any-return]
        return super().post(request, *args, **kwargs)  # type: ignore[misc,no-any-return]


class SharedDeleteView(_Asking, DeleteView):
    """Deletes after asking."""

    is_deletion = True
    template_name = "shared/remove.html"


class SharedUnpublishView(_Asking, UnpublishView):
    """Takes offline after asking."""

    template_name = "shared/remove.html"


class SharedCopyView(CopyView):
    """Offers a form with the same content; what is sent goes to the address for new ones.

    Sent here it would be written over the very thing that was to be copied, locked or not.
    """

    http_method_names = ("get", "head", "options")


class _WithNote:
    """Says in the chooser what each is for."""

    @property
    def columns(self) -> list[Any]:
        """Put the note behind the name."""
        first, *others = super().columns  # type: ignore[misc]
        return [first, Column("note", label=_("说明"), accessor="note"), *others]


class SharedChooseView(_WithNote, ChooseView):
    """The chooser of a page's place."""


class SharedChooseResultsView(_WithNote, ChooseResultsView):
    """Its list, when another page of it is asked for."""


class SharedChooserViewSet(SnippetChooserViewSet):
    """Choosing shared content."""

    choose_view_class = SharedChooseView
    choose_results_view_class = SharedChooseResultsView


class SharedBlockViewSet(SnippetViewSet):
    """公用内容."""

    model = SharedBlock
    icon = "snippet"
    menu_label = gettext_lazy("公用内容")
    menu_name = "shared-content"
    menu_order = 112
    add_to_admin_menu = True
    copy_view_enabled = True
    copy_view_class = SharedCopyView
    inspect_view_enabled = False
    index_view_class = SharedIndexView
    delete_view_class = SharedDeleteView
    unpublish_view_class = SharedUnpublishView
    delete_template_name = "shared/remove.html"
    chooser_viewset_class = SharedChooserViewSet
    chooser_per_page = 50
    list_per_page = 50
    search_fields = ["name", "note"]
    ordering = ["name"]
    list_display = [
        "name",
        columns.Text("note", label=gettext_lazy("说明")),
        columns.Count("pages", label=gettext_lazy("用在几个页面")),
        LiveStatusTagColumn(),
        UpdatedAtColumn(),
    ]

    def get_urlpatterns(self) -> list[Any]:
        """Add the checklist beside the form; named so that the audit trail takes it for what it is."""
        from cms.editor.preview.checklist import SharedChecklistOnCreate, SharedChecklistOnEdit

        on_add = self.construct_view(SharedChecklistOnCreate, form_class=self.get_form_class())
        on_edit = self.construct_view(SharedChecklistOnEdit, form_class=self.get_form_class(for_update=True))
        return [
            *super().get_urlpatterns(),
            path("checklist/", on_add, name="checks_run_on_add"),
            path("checklist/<int:pk>/", on_edit, name="checks_run"),
        ]

    def get_templates(self, name: str = "index", fallback: str = "") -> Any:
        """Use one page for deleting and for taking offline."""
        return ["shared/remove.html"] if name in {"delete", "unpublish"} else super().get_templates(name, fallback)


# --- before a publication --------------------------------------------------------------------------------------------


def before_publish(request: HttpRequest, shared: Any) -> HttpResponse | None:
    """Ask before blocks go live that patients would stumble over; the draft is saved already."""
    if not isinstance(shared, SharedBlock):
        return None
    problems = consequences.of_publishing(shared)
    if not problems:
        return None
    if shared.live and shared.first_published_at is None:
        # Wagtail writes what is published at once as live before it asks the hooks.
        SharedBlock.objects.filter(pk=shared.pk).update(live=False, has_unpublished_changes=True)
    context = {
        "title": _("发布前请确认：%(name)s") % {"name": shared.name},
        "intro": _("修改已经存为草稿。现在发布的话："),
        "problems": problems,
        "action": reverse("shared_publish_anyway", args=[shared.pk]),
        "back_url": address("edit", shared.pk),
        "go_label": _("仍然发布"),
        "fields": [("revision", str(shared.latest_revision_id or ""))],
    }
    return TemplateResponse(request, "editor/confirm.html", context)


@require_POST
def publish_anyway(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the very revision that was warned of."""
    shared = get_object_or_404(SharedBlock, pk=pk)
    user: Any = request.user
    lock = shared.get_lock()
    if not user.has_perm("shared.publish_sharedblock") or (lock is not None and lock.for_user(user)):
        raise PermissionDenied
    number = request.POST.get("revision", "")
    known = number.isascii() and number.isdigit()
    revision = get_object_or_404(Revision, pk=int(number) if known else 0)
    edit_url = address("edit", shared.pk)
    if revision.pk != shared.latest_revision_id:
        messages.warning(request, _("这份内容刚刚又有新的修改，没有发布，请重新检查后再发布。"))
        return redirect(edit_url)
    try:
        revision.publish(user=user, skip_permission_checks=True)
    except ValidationError as error:
        messages.error(request, "".join(error.messages))
        return redirect(edit_url)
    messages.success(request, _("已发布「%(name)s」。") % {"name": shared.name})
    return redirect(address("list"))


def before_bulk(request: HttpRequest, action_type: str, objects: list[Any], action: Any) -> HttpResponse | None:
    """Let what is in use be deleted one at a time only, each with the page that says where it is used."""
    shared = [one for one in objects if isinstance(one, SharedBlock)] if action_type == "delete" else []
    forbidden = [sentence for one in shared for sentence in against_removing(request.user, one)]
    for sentence in forbidden:
        messages.error(request, sentence)
    if forbidden:
        return redirect(address("list"))
    used = [one.name for one in shared if pages_using(one)]
    if not used:
        return None
    messages.error(request, _("「%(names)s」还在页面上用着，请一份一份地删除。") % {"names": "」「".join(used)})
    return redirect(address("list"))
