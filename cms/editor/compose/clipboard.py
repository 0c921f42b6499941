"""Copying and pasting blocks: from the editor's form to plain data, and from plain data into another page's form.

The data lies in the browser of a member of staff in between, so what comes back is believed in nothing: it is held to
the blocks that exist, to what this person may place, and to what the target's site and collections allow.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from wagtail.blocks import StreamBlock
from wagtail.documents import get_document_model
from wagtail.documents.permissions import permission_policy as document_policy
from wagtail.images import get_image_model
from wagtail.images.permissions import permission_policy as image_policy
from wagtail.models import Page

from blocks import roles
from blocks.links import linked_roles
from blocks.permissions import placeable
from blocks.registry import PortalStreamBlock
from cms.editor.compose.target import Target
from cms.library import travel
from cms.pages.roles import pages_with_roles

logger = logging.getLogger("portal.editor")

MAX_BLOCKS = 200

# What broken data makes block definitions raise.
DAMAGED = (KeyError, ValueError, TypeError, AttributeError, IndexError, ValidationError)


class Refused(Exception):
    """Nothing of it can be used; the sentence says why."""


@dataclass
class Arrival:
    """Blocks ready for the form, and what has to be said before they go in."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)


def stream_block() -> StreamBlock:
    """Return the definition of all blocks."""
    from cms.pages.models import PortalPage

    block: PortalStreamBlock = PortalPage._meta.get_field("body").stream_block
    return block


# --- copying -----------------------------------------------------------------------------------------------------


def taken_up(data: Any, chosen: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return blocks of a form as pages store them; ``chosen`` names type and prefix of each in the form data.

    Raises Refused where there is nothing, too much, or something in a field that is no value at all.
    """
    found = []
    stream = stream_block()
    chosen = list(chosen)
    if len(chosen) > MAX_BLOCKS:
        raise Refused(_("一次最多复制 %(n)d 个组件。") % {"n": MAX_BLOCKS})
    for one in chosen:
        block = stream.child_blocks.get(str(one.get("type")))
        if block is None:
            continue
        try:
            value = block.value_from_datadict(data, {}, str(one["prefix"]))
            raw = block.get_prep_value(value)
            block.get_form_state(block.to_python(raw))
        except DAMAGED as error:
            logger.info("block cannot be copied: %s", error)
            raise Refused(_("「%(label)s」里有填错的内容，请改好以后再复制。") % {"label": block.label}) from error
        found.append({"type": block.name, "value": raw})
    if not found:
        raise Refused(_("没有可以复制的组件。"))
    return found


# --- pasting -----------------------------------------------------------------------------------------------------


def _shaped(items: Any) -> list[dict[str, Any]]:
    if not isinstance(items, list) or not items:
        raise Refused(_("剪贴板里没有组件，请先复制。"))
    if len(items) > MAX_BLOCKS:
        raise Refused(_("一次最多粘贴 %(n)d 个组件。") % {"n": MAX_BLOCKS})
    shaped = []
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str) or "value" not in item:
            raise Refused(_("剪贴板里的内容已损坏，请重新复制。"))
        shaped.append({"type": item["type"], "value": item["value"], "id": "new"})
    return shaped


def _not_allowed(found: list[travel.Reference], target: Target) -> dict[tuple[str, str, str], str]:
    """Return, by target, the references that exist but must not be used here, with the sentence for staff."""
    keys: dict[str, set[str]] = {}
    for reference in found:
        if reference.by == travel.PRIMARY_KEY:
            keys.setdefault(reference.kind, set()).add(str(reference.key))
    refused: dict[tuple[str, str, str], str] = {}
    if target.site is not None and (pages := keys.get(travel.PAGE)):
        for page in Page.objects.filter(pk__in=pages).only("pk", "title", "path"):
            if not page.path.startswith(target.site.root_page.path):
                sentence = _("链接的页面「%(title)s」属于另一个站点，已去掉，请重新选择。") % {"title": page.title}
                refused[travel.PAGE, travel.PRIMARY_KEY, str(page.pk)] = sentence
    for model, policy in ((get_image_model(), image_policy), (get_document_model(), document_policy)):
        kind = travel.kind_of(model)
        if pks := keys.get(kind):
            usable = policy.instances_user_has_any_permission_for(target.user, ["add", "change", "choose"])
            allowed = {str(pk) for pk in usable.filter(pk__in=pks).values_list("pk", flat=True)}
            for thing in model.objects.filter(pk__in=pks).exclude(pk__in=allowed).only("pk", "title"):
                sentence = _("您没有使用%(kind)s「%(title)s」的权限，已去掉。") % {
                    "kind": travel.kind_label(kind),
                    "title": thing.title,
                }
                refused[kind, travel.PRIMARY_KEY, str(thing.pk)] = sentence
    return refused


def _said_of_roles(stream: StreamBlock, items: list[Any], target: Target) -> list[str]:
    """Say which links lead to a step that has no page on this site; the links stay, the page may come later."""
    wanted = set()
    for item in items:
        block = stream.child_blocks[item["type"]]
        wanted |= linked_roles(block, item["value"])
    known = wanted & set(roles.ROLES)
    there = set(pages_with_roles(target.site)) if target.site is not None and known else known
    return [
        _("这个站点还没有「%(role)s」页，链接暂时打不开。") % {"role": roles.label_of(one)}
        for one in sorted(known - there)
    ]


def arrive(items: Any, target: Target) -> Arrival:
    """Make copied blocks fit for ``target``: new ids, without what cannot come along; say all of it in Chinese.

    Raises Refused where the data is no clipboard at all.
    """
    stream = stream_block()
    arrival = Arrival()
    shaped, arrival.sentences = placeable(stream, _shaped(items), target.rights)
    try:
        landed = travel.arrive(stream, shaped)
        raw: list[Any] = list(landed.raw)
        arrival.sentences += landed.sentences
        refused = _not_allowed(travel.references(stream, raw), target)
        if refused:
            raw = travel.rewrite(stream, raw, lambda one: travel.GONE if one.target in refused else one.key)
            arrival.sentences += refused.values()
        arrival.sentences += _said_of_roles(stream, raw, target)
    except DAMAGED as error:
        logger.warning("clipboard cannot be read: %s", error)
        raise Refused(_("剪贴板里的内容已损坏，请重新复制。")) from error
    for item in raw:
        _take_in(stream, item, arrival)
    arrival.sentences = list(dict.fromkeys(arrival.sentences))
    return arrival


def _take_in(stream: StreamBlock, item: dict[str, Any], arrival: Arrival) -> None:
    block = stream.child_blocks[item["type"]]
    try:
        state = block.get_form_state(block.normalize(block.to_python(item["value"])))
    except DAMAGED as error:
        logger.warning("pasted block %s cannot be read: %s", item["type"], error)
        arrival.sentences.append(_("「%(label)s」的内容已损坏，没有带过来。") % {"label": block.label})
        return
    arrival.blocks.append({"type": item["type"], "value": state, "id": item["id"], "label": str(block.label)})
