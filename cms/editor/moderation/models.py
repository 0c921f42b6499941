"""The task of a workflow in which people of some groups look at what others wrote."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractGroupApprovalTask, TaskState

APPROVE, RETURN = "approve", "reject"  # as Wagtail names them


class ReviewTask(AbstractGroupApprovalTask):
    """Some groups review: they compare, approve or return with a comment, on a page of ours (审核环节)."""

    class Meta:
        verbose_name = _("审核环节")
        verbose_name_plural = _("审核环节")

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        """Return what reviewers may do, in the words of the review page."""
        if not super().get_actions(obj, user):
            return []
        return [(RETURN, _("退回修改"), True), (APPROVE, _("通过"), False)]

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> str:
        """Decide nothing: Wagtail's own buttons lead to the review page, which shows what is wrong."""
        return reverse("editor_review", args=[task_state.pk])

    @classmethod
    def get_description(cls) -> str:
        """Say what it is, where administrators choose a kind of task."""
        return str(_("所选角色的人员审核：通过后发布，或写明意见退回修改。"))
