"""Where the workflow hangs in Wagtail's editor: the check before submitting, the words above a returned page, menus."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin import messages
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.models import Page, PageSubscription

from cms.editor.guards import ask
from cms.editor.moderation import queries, views
from cms.pages import checks
from cms.pages.checklist import must_fix
from cms.pages.models import ComposedPage

SUBMIT = "action-submit"
# What of Wagtail's menu a reviewer does on the review page instead, and what of it authors do not need.
REVIEWED_ELSEWHERE = {"approve", "reject", "action-publish", "action-cancel-workflow", "action-restart-workflow"}


def before_edit(request: HttpRequest, page: Page) -> None:
    """Check a draft that is submitted; above a returned page, say what has to be mended."""
    if request.method == "GET":
        _tell_why_returned(request, page)
    elif request.POST.get(SUBMIT):
        _prepare(request, page.get_latest_revision_as_object(), page.get_parent().specific)


def before_create(request: HttpRequest, parent: Page, page_class: type[Page]) -> None:
    """Check a new page that is submitted at once."""
    if request.method == "POST" and request.POST.get(SUBMIT):
        page = page_class(owner=request.user)
        page.locale = parent.locale
        page.future_parent_path = parent.path
        _prepare(request, page, parent)


def _prepare(request: HttpRequest, page: Page, parent: Page) -> None:
    """Let Wagtail save what is valid as a draft; :func:`after_save` submits it or asks.

    What is not valid goes on as it is: Wagtail refuses it and marks the fields.
    """
    form_class = page.get_edit_handler().get_form_class()
    subscription = PageSubscription(page=page, user=request.user)
    form = form_class(
        request.POST,
        request.FILES,
        instance=page,
        parent_page=parent,
        for_user=request.user,
        subscription=subscription,
    )
    if not form.is_valid():
        return
    post = request.POST.copy()
    del post[SUBMIT]
    request.POST = post  # type: ignore[assignment]
    request.is_submitting = True  # type: ignore[attr-defined]


def after_save(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Submit the draft that was just saved, or ask first where patients would stumble over it."""
    if not getattr(request, "is_submitting", False):
        return None
    page = Page.objects.get(pk=page.pk).specific
    draft = page.get_latest_revision_as_object()
    problems: list[Any] = []
    if isinstance(draft, ComposedPage):
        problems = [*checks.problems_of_publishing(draft), *must_fix(draft)]
    if not problems:
        return views.submitted(request, page)
    return ask(
        request,
        title=_("送审前请确认：%(title)s") % {"title": draft.title},
        intro=_("修改已经存为草稿。审核的人会看到这几处，很可能因此退回："),
        problems=problems,
        action=reverse("editor_submit_anyway", args=[page.pk]),
        back=reverse("wagtailadmin_pages:edit", args=[page.pk]),
        go=_("仍然送审"),
        fields=[],
    )


def _tell_why_returned(request: HttpRequest, page: Page) -> None:
    decision = queries.returned(page)
    if decision is not None:
        said = render_to_string("editor/moderation/returned.html", {"decision": decision})
        messages.warning(request, said)


class ReviewMenuItem(ActionMenuItem):
    """The way from the editor to the review page."""

    name = "action-review"
    label = gettext_lazy("去审核")
    icon_name = "view"

    def __init__(self, url: str, order: int | None = None) -> None:
        """Keep where it leads."""
        super().__init__(order)
        self.url = url

    def get_url(self, context: Any) -> str:
        """Return the address of the review page."""
        return self.url


def action_menu(items: list[Any], request: HttpRequest, context: dict[str, Any]) -> None:
    """Offer each person what they do: reviewers review, who may publish publishes, others submit."""
    page = context.get("page")
    state = page.current_workflow_task_state if page is not None and page.pk else None
    names = {item.name for item in items}
    if state is not None and state.task.specific.get_actions(page, request.user):
        items[:] = [item for item in items if item.name not in REVIEWED_ELSEWHERE]
        items.insert(0, ReviewMenuItem(reverse("editor_review", args=[state.pk])))
        return
    # Who may publish submits nothing; to begin the workflow anew is to withdraw and submit.
    unwanted = {"action-restart-workflow", *([SUBMIT] if "action-publish" in names else [])}
    items[:] = [item for item in items if item.name not in unwanted]
    first = "action-publish" if "action-publish" in names else SUBMIT
    items.sort(key=lambda item: item.name != first)
