"""What must not vanish with shared content: what a colleague locked, and blocks this person may not take off pages."""

from typing import Any

from django.utils.translation import gettext as _

from blocks.registry import block_classes
from cms.blockrules.rights import rights_of
from cms.shared.models import SharedBlock
from cms.shared.uses import block_types, pages_using


def against_removing(user: Any, shared: SharedBlock) -> list[str]:
    """Return why this person may not take shared content down or away; the pages that show it would lose its blocks."""
    found = []
    lock = shared.get_lock()
    if lock is not None and lock.for_user(user):
        found.append(_("「%(name)s」被同事锁定了。要先解锁，才能这样做。") % {"name": shared.name})
    rights = rights_of(user, shared)
    kept = [name for name in sorted(block_types(shared.raw_body())) if not rights.allowed(name).delete]
    if kept and pages_using(shared):
        labels = "」「".join(str(block_classes()[name]().label) for name in kept)
        sentence = _("「%(name)s」还在页面上用着，里面的「%(labels)s」只能由管理员撤下，请联系管理员。")
        found.append(sentence % {"name": shared.name, "labels": labels})
    return found
