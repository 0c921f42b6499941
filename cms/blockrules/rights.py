"""What a member of staff may do with the blocks of a page."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission, Page

from blocks.permissions import NOTHING, Allowed, Refusal, Rights, default_for, refusals
from blocks.registry import block_classes, is_business
from blocks.shared import expansion, reading
from cms.blockrules.models import BlockRule, BlockUse, PageLock, SharedUse

MANAGE = "block_rules.change_blockrule"


def may_manage(user: Any) -> bool:
    """Whether this person decides about blocks: nothing is refused to them."""
    return user.is_active and user.has_perm(MANAGE)


def is_locked(holder: Any) -> bool:
    """Whether the business blocks of a page are locked, or those of a page that shows this shared content."""
    if holder is None or holder.pk is None:
        return False
    if isinstance(holder, Page):
        return PageLock.objects.filter(page_id=holder.pk).exists()
    return PageLock.objects.filter(page__shared_uses__shared_id=holder.pk).exists()


def rights_of(user: Any, holder: Any = None) -> Rights:
    """Return what ``user`` may do with the blocks of a page or of shared content (None: one that is not there yet).

    Two queries: what administrators decided for the groups of this person, and the lock. A right that one of
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
    return Rights(rules=rules, page_locked=is_locked(holder))


def problems_of_change(user: Any, old: Any, new: Any, holder: Any = None) -> list[Refusal]:
    """Compare two bodies (StreamValues) that ``user`` wants to turn one into the other; return what is not allowed.

    The one question for every way in which a body changes: the page form, templates, paste, bundles. Shared content
    counts with the blocks that are in it.
    """
    rights = rights_of(user, holder)
    if rights.everything:
        return []
    stream = new.stream_block
    before, after = stream.get_prep_value(old), stream.get_prep_value(new)
    found = refusals(stream, before, after, rights)
    if expansion.keys_in([*before, *after]):
        inside = refusals(stream, expansion.expand(before), expansion.expand(after), rights)
        found = list(dict.fromkeys([*found, *inside]))
    return found


def labels_not_to_be_copied(user: Any, page: Page, *, with_descendants: bool = False) -> list[str]:
    """Return the labels of the blocks on ``page`` (and below it) that ``user`` may not add to another page."""
    rights = rights_of(user)
    if rights.everything:
        return []
    pages = page.get_descendants(inclusive=True) if with_descendants else Page.objects.filter(pk=page.pk)
    used = BlockUse.objects.filter(page__in=pages.order_by().values("pk")).values_list("block_type", flat=True)
    shared = SharedUse.objects.filter(page__in=pages.order_by().values("pk")).values_list("shared_id", flat=True)
    inside = {one["type"] for raw in reading.published(shared).values() for one in raw}
    known = block_classes()
    return sorted(
        str(known[name]().label) for name in {*used, *inside} if name in known and not rights.allowed(name).add
    )


def groups_to_decide() -> list[Group]:
    """Return the groups that edit pages and do not decide about blocks themselves."""
    managers = Permission.objects.filter(content_type__app_label="block_rules", codename="change_blockrule")
    editing = GroupPagePermission.objects.filter(permission__codename__in=["add_page", "change_page"])
    return list(
        Group.objects.filter(pk__in=editing.values("group_id"), hospital_department__isnull=True)
        .exclude(permissions__in=managers)
        .order_by("name")
    )
