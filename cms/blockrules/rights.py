"""What a member of staff may do with the blocks of a page."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission, Page

from blocks.permissions import NOTHING, Allowed, Refusal, Rights, default_for, refusals
from blocks.registry import block_classes, is_business
from cms.blockrules.models import BlockRule, BlockUse, PageLock

MANAGE = "block_rules.change_blockrule"


def may_manage(user: Any) -> bool:
    """Whether this person decides about blocks: nothing is refused to them."""
    return user.is_active and user.has_perm(MANAGE)


def page_is_locked(page: Page | None) -> bool:
    """Whether the business blocks of this page are locked."""
    return page is not None and page.pk is not None and PageLock.objects.filter(page_id=page.pk).exists()


def rights_of(user: Any, page: Page | None = None) -> Rights:
    """Return what ``user`` may do with the blocks of ``page`` (None: a page that does not exist yet).

    Two queries: what administrators decided for the groups of this person, and the page's lock. A right that one of
    several groups has is enough; a group for which nothing was decided has the block's default.
    """
    if may_manage(user):
        return Rights(everything=True)
    departments = dict(user.groups.values_list("pk", "hospital_department"))
    groups = set(departments)
    decided: dict[str, dict[int, Allowed]] = {}
    for rule in BlockRule.objects.filter(group__in=groups):
        allowed = Allowed(rule.may_add, rule.may_change, rule.may_delete)
        decided.setdefault(rule.block_type, {})[rule.group_id] = allowed
    rules = {}
    if groups and all(departments.values()):
        # A department's own staff write its introduction; the services on it are the publicity office's.
        rules = {name: NOTHING for name in block_classes() if is_business(name)}
    for name, by_group in decided.items():
        if (block_class := block_classes().get(name)) is None:
            continue
        together = None
        for pk in groups:
            one = by_group.get(pk, default_for(block_class))
            together = one if together is None else together | one
        if together is not None:
            rules[name] = together
    return Rights(rules=rules, page_locked=page_is_locked(page))


def problems_of_change(user: Any, old: Any, new: Any, page: Page | None = None) -> list[Refusal]:
    """Compare two bodies (StreamValues) that ``user`` wants to turn one into the other; return what is not allowed.

    The one question for every way in which a body changes: the page form, templates, paste, bundles.
    """
    rights = rights_of(user, page)
    if rights.everything:
        return []
    stream = new.stream_block
    return refusals(stream, stream.get_prep_value(old), stream.get_prep_value(new), rights)


def labels_not_to_be_copied(user: Any, page: Page, *, with_descendants: bool = False) -> list[str]:
    """Return the labels of the blocks on ``page`` (and below it) that ``user`` may not add to another page."""
    rights = rights_of(user)
    if rights.everything:
        return []
    pages = page.get_descendants(inclusive=True) if with_descendants else Page.objects.filter(pk=page.pk)
    used = BlockUse.objects.filter(page__in=pages.order_by().values("pk")).values_list("block_type", flat=True)
    known = block_classes()
    return sorted(str(known[name]().label) for name in set(used) if name in known and not rights.allowed(name).add)


def groups_to_decide() -> list[Group]:
    """Return the groups that edit pages and do not decide about blocks themselves."""
    managers = Permission.objects.filter(content_type__app_label="block_rules", codename="change_blockrule")
    editing = GroupPagePermission.objects.filter(permission__codename__in=["add_page", "change_page"])
    return list(
        Group.objects.filter(pk__in=editing.values("group_id"), hospital_department__isnull=True)
        .exclude(permissions__in=managers)
        .order_by("name")
    )
