"""Deeds that Wagtail and Django do for staff: sign-in, users, roles, pages; told in its own transaction."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Page, TaskState, WorkflowState
from wagtail.signals import (
    page_published,
    page_unpublished,
    post_page_move,
    task_approved,
    task_rejected,
    task_submitted,
    workflow_cancelled,
)

from business.security.models import AuditEvent
from cms.backoffice.audit import trail

User = get_user_model()
USER_FACTS = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")
M2M_DONE = {"post_add", "post_remove", "pre_clear"}


@receiver(user_logged_in)
def signed_in(request: HttpRequest | None, user: AbstractBaseUser, **kwargs: Any) -> None:
    """A member of staff signed in; without a trace nobody gets in."""
    trail.deed(request, "staff.signed_in", user, staff=user)


@receiver(user_logged_out)
def signed_out(request: HttpRequest | None, user: AbstractBaseUser | None, **kwargs: Any) -> None:
    """A member of staff signed out."""
    if user is not None:
        trail.deed(request, "staff.signed_out", user, staff=user)


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Somebody tried a name and a password in vain.

    A name that nobody has is not kept: people type their password there.
    """
    name = str(credentials.get(User.USERNAME_FIELD, ""))[:64]
    known = User.objects.filter(**{User.USERNAME_FIELD: name}).exists()
    trail.deed(
        request,
        "staff.sign_in_failed",
        object_type=User._meta.label,
        object_ref=name if known else "",
        result=AuditEvent.Result.FAILED,
        detail={"known_user": known},
    )


@receiver(pre_save, sender=User)
def remember_user(instance: Model, update_fields: Any = None, **kwargs: Any) -> None:
    """Keep what the user was, to tell before from after."""
    if instance.pk and not (update_fields and set(update_fields) <= {"last_login"}):
        instance._facts_before = User.objects.filter(pk=instance.pk).values(*USER_FACTS, "password").first()


@receiver(post_save, sender=User)
def user_saved(instance: Model, created: bool, update_fields: Any = None, **kwargs: Any) -> None:
    """A user was made or changed; of a password only that it changed is told."""
    if update_fields and set(update_fields) <= {"last_login"}:
        return
    after = {name: getattr(instance, name) for name in USER_FACTS}
    if created:
        trail.deed(None, "user.created", instance, detail={"after": after})
        return
    before = getattr(instance, "_facts_before", None) or {}
    changed = [name for name in USER_FACTS if before.get(name) != after[name]]
    detail: dict[str, Any] = {
        "before": {name: before.get(name) for name in changed},
        "after": {name: after[name] for name in changed},
    }
    if before.get("password") != instance.password:  # type: ignore[attr-defined]
        detail["password_changed"] = True
    if changed or "password_changed" in detail:
        trail.deed(None, "user.changed", instance, detail=detail)


@receiver(post_delete, sender=User)
def user_deleted(instance: Model, **kwargs: Any) -> None:
    """A user was deleted (only one who never did anything can be)."""
    trail.deed(None, "user.deleted", instance)


@receiver(post_save, sender=Group)
def group_saved(instance: Model, created: bool, **kwargs: Any) -> None:
    """A role was made or renamed."""
    trail.deed(None, "group.created" if created else "group.changed", instance, detail={"role": str(instance)})


@receiver(post_delete, sender=Group)
def group_deleted(instance: Model, **kwargs: Any) -> None:
    """A role was deleted."""
    trail.deed(None, "group.deleted", instance, detail={"role": str(instance)})


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
@receiver(m2m_changed, sender=Group.permissions.through)
def rights_changed(
    sender: Any, instance: Model, action: str, model: Any, pk_set: set[int] | None, **kwargs: Any
) -> None:
    """Somebody was given rights or lost them."""
    if action not in M2M_DONE or (pk_set is not None and not pk_set):
        return
    event = {
        User.groups.through: "user.groups",
        User.user_permissions.through: "user.permissions",
        Group.permissions.through: "group.permissions",
    }[sender]
    whom = model.objects.filter(pk__in=pk_set or [])
    trail.deed(None, event, instance, detail={"action": action, "what": [str(one) for one in whom]})


@receiver([post_save, post_delete], sender=GroupPagePermission)
@receiver([post_save, post_delete], sender=GroupCollectionPermission)
def tree_rights_changed(instance: Any, signal: Any, **kwargs: Any) -> None:
    """A role was given rights over pages or collections, or lost them."""
    trail.deed(
        None,
        "group.permissions",
        instance.group,
        detail={
            "action": "post_remove" if signal is post_delete else "post_add",
            "what": [f"{instance.permission.codename} · {getattr(instance, 'page', None) or instance.collection}"],
        },
    )


@receiver(page_published)
def published(instance: Page, **kwargs: Any) -> None:
    """A page went live, by a person or by its schedule."""
    trail.deed(
        None, "page.published", object_type=Page._meta.label, object_ref=str(instance.pk), detail=_page(instance)
    )


@receiver(page_unpublished)
def unpublished(instance: Page, **kwargs: Any) -> None:
    """A page was taken down."""
    trail.deed(
        None, "page.unpublished", object_type=Page._meta.label, object_ref=str(instance.pk), detail=_page(instance)
    )


@receiver(post_page_move)
def moved(instance: Page, url_path_before: str, url_path_after: str, **kwargs: Any) -> None:
    """A page was moved, or its address changed."""
    detail = {**_page(instance), "before": url_path_before, "after": url_path_after}
    trail.deed(None, "page.moved", object_type=Page._meta.label, object_ref=str(instance.pk), detail=detail)


@receiver(post_delete, sender=Page)
def page_deleted(instance: Page, **kwargs: Any) -> None:
    """A page was deleted; the base row goes once, whatever the page's type."""
    trail.deed(None, "page.deleted", object_type=Page._meta.label, object_ref=str(instance.pk), detail=_page(instance))


@receiver([task_submitted, task_approved, task_rejected])
def reviewed(instance: TaskState, user: Any, signal: Any, **kwargs: Any) -> None:
    """A page was submitted to its reviewers, approved by them, or returned with a comment."""
    event = {task_submitted: "page.submitted", task_approved: "page.approved", task_rejected: "page.returned"}[signal]
    _workflow(event, instance.workflow_state, user, comment=instance.comment)


@receiver(workflow_cancelled)
def withdrawn(instance: WorkflowState, user: Any, **kwargs: Any) -> None:
    """What was submitted was withdrawn, or published without waiting."""
    _workflow("page.withdrawn", instance, user)


def _workflow(event: str, state: WorkflowState, user: Any, **more: str) -> None:
    page = state.content_object
    detail = {"title": page.title, "workflow": state.workflow.name, **{k: v for k, v in more.items() if v}}
    label = type(page)._meta.label if not isinstance(page, Page) else Page._meta.label
    trail.deed(None, event, staff=user, object_type=label, object_ref=str(page.pk), detail=detail)


def _page(page: Any) -> dict[str, str]:
    # Not "address": what stands under that name is masked.
    return {"title": page.title, "path": page.url_path or ""}
