"""Submitting, approving, returning: each one transaction, each harmless when two do it at once."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, TaskState, WorkflowState

from cms.editor.moderation.models import APPROVE


class CannotDecide(Exception):
    """What was asked cannot be done any more; the text is a sentence for staff."""


@transaction.atomic
def submit(page: Page, user: Any) -> WorkflowState:
    """Hand the newest draft of a page to its reviewers; a page that waits already stays where it is."""
    Page.objects.select_for_update().get(pk=page.pk)
    page = page.specific_class.objects.get(pk=page.pk)
    state = page.current_workflow_state
    if state is not None and state.status == WorkflowState.STATUS_IN_PROGRESS:
        return state
    if state is not None:
        state.resume(user)
        return state
    workflow = page.get_workflow()
    if workflow is None:
        raise CannotDecide(_("这一页没有安排审核，请联系管理员。"))
    return workflow.start(page, user)


def _lock(state_pk: int, user: Any) -> tuple[TaskState, Page]:
    """Return a task that waits, with its row held, and the page; raise CannotDecide where it waits no more."""
    state = TaskState.objects.select_for_update().get(pk=state_pk)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        raise CannotDecide(_("这一页已经由%(who)s处理了，或者已被撤回。") % {"who": name_of(state.finished_by)})
    state = state.specific
    page = Page.objects.select_for_update().get(pk=state.revision.object_id).specific
    if APPROVE not in {name for name, _label, _modal in state.task.specific.get_actions(page, user)}:
        raise CannotDecide(_("这一页不在您的审核范围里。"))
    return state, page


@transaction.atomic
def approve(state_pk: int, user: Any, *, revision_pk: int, comment: str = "") -> Page:
    """Approve the very revision that was looked at; after the last step it goes live, or waits for its date.

    Raises CannotDecide, or ValidationError where the page cannot go live (another page has its role by now).
    """
    state, page = _lock(state_pk, user)
    if page.latest_revision_id != revision_pk:
        raise CannotDecide(_("您看的时候这一页又有新的修改，没有发布。请看过新的内容再决定。"))
    draft = page.get_latest_revision_as_object()
    if draft.expire_at and draft.expire_at <= timezone.now():
        raise CannotDecide(_("设定的下线时间已经过去，发布后患者看不到。请退回，或者先在编辑页里改掉下线时间。"))
    # What reviewers mended themselves belongs to what they approve.
    TaskState.objects.filter(pk=state.pk).update(revision_id=revision_pk)
    state.refresh_from_db()
    try:
        state.approve(user=user, comment=comment)
    except ValidationError as error:
        raise CannotDecide("".join(error.messages)) from error
    page.refresh_from_db()
    return page


@transaction.atomic
def send_back(state_pk: int, user: Any, *, comment: str) -> Page:
    """Return a page to its author with what has to be mended. Raises CannotDecide."""
    state, page = _lock(state_pk, user)
    state.reject(user=user, comment=comment)
    return page


def name_of(user: Any) -> str:
    """Return what colleagues call somebody."""
    return (user.get_full_name() or user.get_username()) if user is not None else _("同事")
