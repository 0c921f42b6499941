"""The review page: what patients see now, what they would see, what changed, and the decision."""

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST
from wagtail.admin import messages
from wagtail.models import Page, TaskState, WorkflowState

from cms.editor.changes import changes_between
from cms.editor.moderation import services
from cms.editor.moderation.forms import RETURN, DecisionForm
from cms.pages.checklist import checklist
from cms.pages.models import ComposedPage

NOW = "now"


def urls() -> list[URLPattern]:
    """Return the addresses of reviewing."""
    return [
        path("review/<int:state_pk>/", review, name="editor_review"),
        path("review/<int:state_pk>/<slug:which>/", seen, name="editor_review_seen"),
        path("submit-anyway/<int:page_pk>/", submit_anyway, name="editor_submit_anyway"),
    ]


def _opened(request: HttpRequest, state_pk: int) -> tuple[TaskState, Page]:
    """Return what is to be decided and its page, or refuse those who do not decide."""
    state = get_object_or_404(TaskState.objects.select_related("workflow_state__requested_by"), pk=state_pk).specific
    if state.workflow_state.base_content_type_id != ContentType.objects.get_for_model(Page).pk:
        raise PermissionDenied
    page = get_object_or_404(Page, pk=state.workflow_state.object_id).specific
    if not state.task.specific.get_actions(page, request.user):
        raise PermissionDenied
    return state, page


def review(request: HttpRequest, state_pk: int) -> HttpResponse:
    """Show a page that waits; a POST decides."""
    state, page = _opened(request, state_pk)
    if request.method == "POST":
        form = DecisionForm(request.POST)
        if form.is_valid():
            answer = _decided(request, state, form)
            if answer is not None:
                return answer
    elif state.status != TaskState.STATUS_IN_PROGRESS:
        messages.info(request, _("「%(title)s」已经处理过了。") % {"title": page.draft_title})
        return redirect("wagtailadmin_home")
    else:
        form = DecisionForm(initial={"revision": page.latest_revision_id})
    draft = page.get_latest_revision_as_object()
    form.data = form.data and {**form.data.dict(), "revision": page.latest_revision_id}
    waits_for = draft.go_live_at if draft.go_live_at and draft.go_live_at > timezone.now() else None
    context = {
        "page": page,
        "draft": draft,
        "state": state,
        "form": form,
        "author": services.name_of(state.workflow_state.requested_by),
        "times": state.workflow_state.task_states.count(),
        "earlier": state.workflow_state.task_states.filter(status=TaskState.STATUS_REJECTED)
        .select_related("finished_by")
        .order_by("-finished_at"),
        "is_live": page.live,
        "changes": changes_between(page, draft, request) if page.live else [],
        "items": checklist(draft) if isinstance(draft, ComposedPage) else [],
        "go_live_at": waits_for,
        "is_last": state.workflow_state.is_at_final_task,
        "edit_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
        "may_edit": page.permissions_for_user(request.user).can_edit(),
    }
    return TemplateResponse(request, "editor/moderation/review.html", context)


def _decided(request: HttpRequest, state: TaskState, form: DecisionForm) -> HttpResponse | None:
    """Carry a decision out and lead back to the first page; None, with a message, where it could not be."""
    comment = form.cleaned_data["comment"]
    try:
        if form.cleaned_data["decision"] == RETURN:
            page = services.send_back(state.pk, request.user, comment=comment)
            messages.success(request, _("已退回「%(title)s」，作者会看到您的意见。") % {"title": page.draft_title})
            return redirect("wagtailadmin_home")
        revision = form.cleaned_data["revision"]
        page = services.approve(state.pk, request.user, revision_pk=revision, comment=comment)
    except services.CannotDecide as refusal:
        messages.error(request, str(refusal))
        state.refresh_from_db()
        return None if state.status == TaskState.STATUS_IN_PROGRESS else redirect("wagtailadmin_home")
    buttons = [messages.button(page.url, _("查看页面"), new_window=True)] if page.live and page.url else []
    messages.success(request, _said(page), buttons=buttons)
    return redirect("wagtailadmin_home")


def _said(page: Page) -> str:
    if page.workflow_in_progress:
        return _("已通过「%(title)s」，交给下一环节。") % {"title": page.draft_title}
    if page.approved_schedule:
        return _("已通过「%(title)s」，到设定的时间自动发布。") % {"title": page.draft_title}
    return _("已通过并发布「%(title)s」。") % {"title": page.title}


@require_GET
@xframe_options_sameorigin
def seen(request: HttpRequest, state_pk: int, which: str) -> HttpResponse:
    """Show the page as patients see it now, or as they would see it, inside the review page."""
    _state, page = _opened(request, state_pk)
    shown = page if which == NOW else page.get_latest_revision_as_object()
    return shown.make_preview_request(request, shown.default_preview_mode)


@require_POST
def submit_anyway(request: HttpRequest, page_pk: int) -> HttpResponse:
    """Submit a draft although the checklist names something."""
    page = get_object_or_404(Page, pk=page_pk).specific
    rights = page.permissions_for_user(request.user)
    if not rights.can_edit() or rights.page_locked():
        raise PermissionDenied
    return submitted(request, page)


def submitted(request: HttpRequest, page: Page) -> HttpResponse:
    """Submit, say so, and lead back to where the author sees what becomes of it."""
    try:
        state = services.submit(page, request.user)
    except services.CannotDecide as refusal:
        messages.error(request, str(refusal))
        return redirect("wagtailadmin_pages:edit", page.pk)
    if state.status == WorkflowState.STATUS_IN_PROGRESS:
        done = _("已送审「%(title)s」。审核期间内容不能改动；结果会显示在这里。")
        messages.success(request, done % {"title": page.draft_title})
    return redirect("wagtailadmin_home")
