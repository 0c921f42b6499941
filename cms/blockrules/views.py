"""The administrator's page of what may be done with blocks, and the lock of one page's business blocks."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.models import Page

from blocks.permissions import Allowed, default_for
from blocks.registry import FAMILIES, block_classes, family_of, is_business
from cms.backoffice.audit import trail
from cms.blockrules.models import BlockRule, PageLock
from cms.blockrules.rights import groups_to_decide, may_manage
from cms.blockrules.usage import stream_fields

COLUMNS = (("add", gettext_lazy("可添加")), ("change", gettext_lazy("可修改")), ("delete", gettext_lazy("可删除")))


def families() -> list[tuple[str, list[tuple[str, Any]]]]:
    """Return the blocks by the heading they have in the picker, in its order: name and block."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, block_class in sorted(block_classes().items(), key=lambda one: FAMILIES.index(family_of(one[0]))):
        block = block_class()
        found.setdefault(str(block.meta.group), []).append((name, block))
    return list(found.items())


def _decided(groups: list[Group]) -> dict[tuple[str, int], Allowed]:
    rules = BlockRule.objects.filter(group__in=groups)
    return {(r.block_type, r.group_id): Allowed(r.may_add, r.may_change, r.may_delete) for r in rules}


def _save(request: HttpRequest, groups: list[Group]) -> list[str]:
    """Store what differs from the defaults; return the changes in words for the trail."""
    before = _decided(groups)
    changes = []
    for name, block_class in block_classes().items():
        default = default_for(block_class)
        for group in groups:
            ticked = {deed: f"{name}:{group.pk}:{deed}" in request.POST for deed, _label in COLUMNS}
            wanted = Allowed(**ticked)
            if before.get((name, group.pk), default) == wanted:
                continue
            changes.append(f"{group.name} {name}: {'+'.join(wanted.names) or '-'}")
            if wanted == default:
                BlockRule.objects.filter(block_type=name, group=group).delete()
            else:
                facts = {f"may_{deed}": allowed for deed, allowed in ticked.items()}
                BlockRule.objects.update_or_create(block_type=name, group=group, defaults=facts)
    return changes


@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Show every block × every group that edits pages; save what was ticked."""
    if not may_manage(request.user):
        raise PermissionDenied
    groups = groups_to_decide()
    if request.method == "POST":
        with transaction.atomic():
            if changes := _save(request, groups):
                trail.deed(
                    request, "blocks.rules", object_type="block_rules.BlockRule", detail={"changes": changes[:50]}
                )
        messages.success(request, _("组件权限已保存。"))
        return redirect("block_rules")
    decided = _decided(groups)
    sections = [
        {
            "heading": heading,
            "rows": [_row(name, block, groups, decided) for name, block in blocks],
        }
        for heading, blocks in families()
    ]
    context = {"sections": sections, "groups": groups, "columns": COLUMNS}
    return TemplateResponse(request, "blockrules/rules.html", context)


def _row(name: str, block: Any, groups: list[Group], decided: dict[tuple[str, int], Allowed]) -> dict[str, Any]:
    default = default_for(type(block))
    cells = []
    for group in groups:
        allowed = decided.get((name, group.pk), default)
        for deed, label in COLUMNS:
            cells.append(
                {
                    "name": f"{name}:{group.pk}:{deed}",
                    "label": f"{block.label} {group.name} {label}",
                    "ticked": getattr(allowed, deed),
                    "differs": getattr(allowed, deed) != getattr(default, deed),
                }
            )
    note = ""
    if block.admin_only:
        note = _("默认仅管理员")
    elif block.serves:
        note = _("承担功能的组件，默认只有管理员能添加和删除")
    return {"name": name, "block": block, "cells": cells, "note": note}


def business_blocks(page: Page) -> list[str]:
    """Return the labels of the business blocks in the newest draft of a page."""
    draft = page.get_latest_revision_as_object()
    return [
        str(child.block.label)
        for field in stream_fields(page.__class__)
        for child in getattr(draft, field)
        if child.block_type in block_classes() and is_business(child.block_type)
    ]


@require_http_methods(["GET", "POST"])
def page_lock(request: HttpRequest, page_pk: int) -> HttpResponse:
    """Lock the business blocks of a page or open them again."""
    page = get_object_or_404(Page, pk=page_pk).specific
    allowed = (
        request.user.has_perm("block_rules.change_pagelock") and page.permissions_for_user(request.user).can_edit()
    )
    if not allowed or not stream_fields(page.__class__):
        raise PermissionDenied
    lock = PageLock.objects.filter(page=page).first()
    if request.method == "POST":
        with transaction.atomic():
            if lock is None:
                reason = request.POST.get("reason", "").strip()[:100]
                PageLock.objects.get_or_create(page=page, defaults={"reason": reason, "locked_by_id": request.user.pk})
                trail.deed(request, "blocks.page_locked", page, detail={"title": page.title, "reason": reason})
                messages.success(request, _("「%(title)s」的业务组件已锁定。") % {"title": page.title})
            else:
                lock.delete()
                trail.deed(request, "blocks.page_unlocked", page, detail={"title": page.title})
                messages.success(request, _("「%(title)s」的业务组件已解锁。") % {"title": page.title})
        return redirect("wagtailadmin_pages:edit", page.pk)
    context = {
        "page": page,
        "lock": lock,
        "labels": business_blocks(page),
        "edit_url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
    }
    return TemplateResponse(request, "blockrules/page_lock.html", context)
