"""The workflow every portal begins with: the whole tree is reviewed by the publicity office. Idempotent."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from wagtail.models import Page, Task, Workflow, WorkflowPage, WorkflowTask

from cms.editor.moderation.models import ReviewTask

NAME = "宣传科审核"
# What Wagtail's migrations make: an English workflow whose reviewers are a group that is not ours.
NOT_OURS = "Moderators approval"


@transaction.atomic
def setup_workflow(reviewers: Iterable[Group]) -> Workflow:
    """Make the workflow, its one task and its place at the root, or bring the reviewers up to ``reviewers``.

    What a hospital arranged itself stays: another workflow on the root, further steps, a workflow switched off.
    """
    workflow, made = Workflow.objects.get_or_create(name=NAME)
    task = ReviewTask.objects.filter(name=NAME).first() or ReviewTask.objects.create(name=NAME)
    task.groups.add(*reviewers)
    if made:
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    root = Page.get_first_root_node()
    there = WorkflowPage.objects.filter(page=root).select_related("workflow").first()
    if there is not None and there.workflow.name == NOT_OURS:
        there.delete()
        there = None
    if there is None and workflow.active:
        WorkflowPage.objects.create(page=root, workflow=workflow)
    Workflow.objects.filter(name=NOT_OURS, workflow_states__isnull=True).delete()
    Task.objects.filter(name=NOT_OURS, task_states__isnull=True, workflow_tasks__isnull=True).delete()
    return workflow
