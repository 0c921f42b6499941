"""What must not vanish with a page, or with one above it: locked pages, and drafts that wait for review."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from wagtail.models import Page, WorkflowState, get_default_page_content_type

from cms.blockrules.models import PageLock
from cms.editor.moderation.services import name_of
from cms.pages.checks import Problem

CODE: Final = "held"
MAY_UNLOCK_BLOCKS: Final = "block_rules.change_pagelock"


@dataclass(frozen=True)
class Held:
    """What stands against removing pages: ``forbidden`` for this person, or only to be ``warned`` of."""

    forbidden: list[str]
    warned: list[Problem]


def _within(pages: Iterable[Page], *, with_descendants: bool) -> QuerySet[Page]:
    conditions = [Q(path__startswith=page.path) if with_descendants else Q(pk=page.pk) for page in pages]
    return Page.objects.filter(reduce(or_, conditions)) if conditions else Page.objects.none()


def held_by(user: Any, pages: Iterable[Page], *, with_descendants: bool) -> Held:
    """Return what stands against taking these pages (and those below them) away; three queries, whatever is below."""
    within = _within(list(pages), with_descendants=with_descendants)
    forbidden, warned = [], []
    for page in within.filter(locked=True).exclude(locked_by=user).select_related("locked_by"):
        words = {"title": page.draft_title, "who": name_of(page.locked_by)}
        forbidden.append(_("「%(title)s」被%(who)s锁定了。要先解锁，才能这样做。") % words)
    for lock in PageLock.objects.filter(page__in=within.order_by()).select_related("page"):
        words = {"title": lock.page.draft_title, "reason": f"（{lock.reason}）" if lock.reason else ""}
        if user.has_perm(MAY_UNLOCK_BLOCKS):
            sentence = _("「%(title)s」的业务组件是锁定的%(reason)s，会随页面一起消失，患者在这一步办不了事。")
            warned.append(Problem(CODE, "", sentence % words))
        else:
            sentence = _("「%(title)s」的业务组件由管理员锁定了%(reason)s，不能这样做。确实需要时请联系管理员。")
            forbidden.append(sentence % words)
    waits = WorkflowState.objects.filter(
        status=WorkflowState.STATUS_IN_PROGRESS, base_content_type=get_default_page_content_type()
    ).values_list("object_id", flat=True)
    waiting = [int(key) for key in waits]
    for page in within.filter(pk__in=waiting) if waiting else ():
        sentence = _("「%(title)s」有科室送审的修改还没有处理。")
        warned.append(Problem(CODE, "", sentence % {"title": page.draft_title}))
    return Held(forbidden, warned)
