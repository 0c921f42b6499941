"""The checklist of the page as it stands in the form, for the side panel 「发布前检查」; nothing is saved."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from wagtail.admin.views.pages import preview
from wagtail.snippets.views import snippets

from blocks.checking import MUST, readable
from cms.pages.checklist import BODY, checklist, refused_by
from cms.pages.models import ComposedPage
from cms.shared.models import SharedBlock


class _Checklist:
    """What both views do; Wagtail's preview views know whose page it is and who may edit it."""

    http_method_names = ("post",)
    object: Any

    def get_form(self, query_dict: QueryDict) -> Any:
        """Return the form with what was typed, without the placeholders of the preview."""
        parent = self.object.get_parent().specific
        form_class = self.object.get_edit_handler().get_form_class()
        user = self.request.user  # type: ignore[attr-defined]
        return form_class(query_dict, instance=self.object, parent_page=parent, for_user=user)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check what is in the form and answer with the list."""
        if not isinstance(self.object, ComposedPage | SharedBlock):
            return HttpResponse(status=404)
        form = self.get_form(request.POST)
        refused = [] if form.is_valid() else refused_by(form)
        typed = readable(form[BODY].value()) if BODY in form.errors else None
        page = form.instance.as_page() if isinstance(form.instance, SharedBlock) else form.instance
        items = checklist(page, refused=refused, body=typed)
        must = sum(item.severity == MUST for item in items)
        return render(
            request, "editor/preview/checklist.html", {"items": items, "must": must, "should": len(items) - must}
        )


class _SharedChecklist(_Checklist):
    """The same for shared content; its form needs no parent."""

    def get_form(self, query_dict: QueryDict) -> Any:
        """Return the form with what was typed."""
        user = self.request.user  # type: ignore[attr-defined]
        return self.form_class(query_dict, instance=self.object, for_user=user)  # type: ignore[attr-defined]


class SharedChecklistOnEdit(_SharedChecklist, snippets.PreviewOnEditView):
    """The checklist of shared content that exists."""


class SharedChecklistOnCreate(_SharedChecklist, snippets.PreviewOnCreateView):
    """The checklist of shared content that is being written for the first time."""


class ChecklistOnEdit(_Checklist, preview.PreviewOnEdit):
    """The checklist of a page that exists."""


class ChecklistOnCreate(_Checklist, preview.PreviewOnCreate):
    """The checklist of a page that is being written for the first time."""
