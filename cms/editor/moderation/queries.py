"""What waits for review, what became of what somebody submitted, what a department's staff may edit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q
from django.db.models.fields.json import KT
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import GroupPagePermission, Page, Revision, TaskState, WorkflowState, get_default_page_content_type

from cms.editor.moderation.services import name_of

MOST_ROWS: Final = 30
REMEMBERED: Final = timedelta(days=14)  # how long authors are told that something went live

WAITING, RETURNED, LIVE, SCHEDULED, WITHDRAWN = "waiting", "returned", "live", "scheduled", "withdrawn"
LABELS: Final = {
    WAITING: gettext_lazy("等待审核"),
    RETURNED: gettext_lazy("退回修改"),
    LIVE: gettext_lazy("已发布"),
    SCHEDULED: gettext_lazy("已通过，按时上线"),
    WITHDRAWN: gettext_lazy("已撤回"),
}


@dataclass(frozen=True)
class Waiting:
    """One page that waits for a decision."""

    title: str
    kind: str
    url: str
    who: str
    since: datetime
    times: int  # how often it was submitted
    go_live_at: datetime | None
    is_new: bool  # patients have never seen it


@dataclass(frozen=True)
class Submitted:
    """One page that somebody submitted, and where it stands."""

    title: str
    url: str
    state: str
    when: datetime | None
    comment: str = ""
    who: str = ""

    @property
    def label(self) -> str:
        """The state in words."""
        return str(LABELS[self.state])


@dataclass(frozen=True)
class Editable:
    """One page that somebody may edit."""

    title: str
    kind: str
    url: str
    label: str
    state: str


def count_waiting(user: Any) -> int:
    """Return how many pages wait for this person."""
    return TaskState.objects.reviewable_by(user).count()


def waiting_for(user: Any) -> list[Waiting]:
    """Return what waits for this person, the longest wait first; a constant number of queries."""
    states = list(
        TaskState.objects.reviewable_by(user)
        .select_related("workflow_state__requested_by", "revision")
        .defer("revision__content")
        .annotate(times=Count("workflow_state__task_states"))
        .order_by("started_at", "pk")
    )
    pages = _pages([state.workflow_state.object_id for state in states])
    drafts = Revision.objects.filter(pk__in=[state.revision_id for state in states])
    starts = dict(drafts.values_list("pk", KT("content__go_live_at")))
    rows = []
    for state in states:
        page = pages.get(state.workflow_state.object_id)
        if page is not None:
            rows.append(
                Waiting(
                    title=page.draft_title or page.title,
                    kind=str(page.cached_content_type.model_class()._meta.verbose_name),
                    url=reverse("editor_review", args=[state.pk]),
                    who=name_of(state.workflow_state.requested_by),
                    since=state.started_at,
                    times=state.times,
                    go_live_at=parse_datetime(starts.get(state.revision_id) or ""),
                    is_new=not page.live and page.first_published_at is None,
                )
            )
    return rows


def submitted_by(user: Any) -> list[Submitted]:
    """Return what somebody submitted and has not been told of for long; a constant number of queries."""
    S = WorkflowState
    recent = Q(status=S.STATUS_APPROVED, current_task_state__finished_at__gte=timezone.now() - REMEMBERED)
    states = list(
        S.objects.filter(requested_by=user, base_content_type=get_default_page_content_type())
        .filter(Q(status__in=[S.STATUS_IN_PROGRESS, S.STATUS_NEEDS_CHANGES]) | recent)
        .select_related("current_task_state__finished_by")
        .order_by("-created_at", "-pk")[:MOST_ROWS]
    )
    pages = _pages([state.object_id for state in states])
    starts = dict(
        Revision.page_revisions.filter(object_id__in=list(pages), approved_go_live_at__gt=timezone.now()).values_list(
            "object_id", "approved_go_live_at"
        )
    )
    return [
        _submitted(state, pages[state.object_id], starts.get(state.object_id))
        for state in states
        if state.object_id in pages
    ]


def _submitted(state: WorkflowState, page: Page, goes_live: datetime | None) -> Submitted:
    task = state.current_task_state
    stand = {WorkflowState.STATUS_IN_PROGRESS: WAITING, WorkflowState.STATUS_NEEDS_CHANGES: RETURNED}.get(state.status)
    if stand is None:
        stand = SCHEDULED if goes_live else LIVE
    decided = stand != WAITING and task is not None
    when = task and (task.finished_at if decided else task.started_at)
    return Submitted(
        title=page.draft_title or page.title,
        url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
        state=stand,
        when=goes_live if stand == SCHEDULED else when,
        comment=task.comment if decided else "",
        who=name_of(task.finished_by) if decided else "",
    )


def returned(page: Page) -> TaskState | None:
    """Return the decision by which a page was sent back and that its author has not answered yet."""
    state = page.current_workflow_state
    if state is None or state.status != WorkflowState.STATUS_NEEDS_CHANGES:
        return None
    return TaskState.objects.select_related("finished_by").get(pk=state.current_task_state_id)


def editable_by(user: Any) -> list[Editable]:
    """Return the pages that the departments of this person look after, with where each stands."""
    rows = GroupPagePermission.objects.filter(
        group__user=user, group__hospital_department__isnull=False, permission__codename="change_page"
    )
    pages = list(Page.objects.filter(group_permissions__in=rows).distinct().order_by("path")[:MOST_ROWS])
    states = dict(
        WorkflowState.objects.active()
        .filter(base_content_type=get_default_page_content_type(), object_id__in=[str(page.pk) for page in pages])
        .values_list("object_id", "status")
    )
    found = []
    for page in pages:
        stand = {WorkflowState.STATUS_IN_PROGRESS: WAITING, WorkflowState.STATUS_NEEDS_CHANGES: RETURNED}.get(
            states.get(str(page.pk), "")
        )
        label = LABELS[stand] if stand else _stand_of(page)
        found.append(
            Editable(
                title=page.draft_title or page.title,
                kind=str(page.cached_content_type.model_class()._meta.verbose_name),
                url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
                label=str(label),
                state=stand or "",
            )
        )
    return found


def _stand_of(page: Page) -> str:
    if not page.live:
        return _("还没有发布")
    return _("有修改还没送审") if page.has_unpublished_changes else _("已发布")


def _pages(keys: list[str]) -> dict[str, Page]:
    return {str(page.pk): page for page in Page.objects.filter(pk__in=[int(key) for key in keys])}
