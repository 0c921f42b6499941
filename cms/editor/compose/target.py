"""The page that blocks are put on: who may, what fits, which site it belongs to."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from wagtail.models import Page, Site
from wagtail.permissions import page_permission_policy

from blocks.permissions import Rights
from cms.blockrules.rights import rights_of
from cms.pages.roles import site_holding


@dataclass(frozen=True)
class Target:
    """Where blocks go and what this member of staff may put there."""

    user: Any
    page: Page | None  # None: a page that is not saved yet, or something that is no page
    site: Site | None
    rights: Rights


def _number(text: Any) -> int | None:
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None  # noqa: PLR2004


def target_of(user: Any, page: Any = None, parent: Any = None) -> Target:
    """Return the target that the editor names: the page being edited, or the parent of a new one.

    With neither it is something else made of blocks (a page template, a shared block). Raises PermissionDenied for
    who may not edit the page, add below the parent, or edit any page at all.
    """
    if (pk := _number(page)) is not None:
        found = Page.objects.filter(pk=pk).first()
        if found is None or not found.permissions_for_user(user).can_edit():
            raise PermissionDenied
        return Target(user, found, site_holding(found.path), rights_of(user, found))
    if (pk := _number(parent)) is not None:
        found = Page.objects.filter(pk=pk).first()
        if found is None or not found.permissions_for_user(user).can_add_subpage():
            raise PermissionDenied
        return Target(user, None, site_holding(found.path), rights_of(user))
    if not page_permission_policy.user_has_any_permission(user, ["add", "change", "publish"]):
        raise PermissionDenied
    return Target(user, None, None, rights_of(user))
