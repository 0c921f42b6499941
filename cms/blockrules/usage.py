"""Which page uses which block and which shared content: an index kept when pages and drafts are saved.

A report reads no page.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.db.models.signals import post_save
from wagtail.models import Page, Revision, get_page_models

from blocks.registry import PortalStreamField, block_classes
from blocks.shared import expansion
from cms.blockrules.models import BlockUse, SharedUse


def stream_fields(model: Any) -> tuple[str, ...]:
    """Return the names of a page type's fields that hold blocks."""
    return tuple(one.name for one in model._meta.get_fields() if isinstance(one, PortalStreamField))


def used_blocks(raw: Any) -> Iterator[tuple[str, str]]:
    """Yield type and id of every block in a stored body, blocks inside blocks included."""
    if isinstance(raw, dict):
        name = raw.get("type")
        if "value" in raw and isinstance(name, str) and name in block_classes():
            yield name, str(raw.get("id") or "")
        for value in raw.values():
            yield from used_blocks(value)
    elif isinstance(raw, list | tuple):
        for item in raw:
            yield from used_blocks(item)


class Count:
    """Types, how often, and the id of the first of each."""

    def __init__(self, bodies: Iterable[Any]) -> None:
        """Count the blocks of stored bodies."""
        self.number: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.shared: Counter[int] = Counter()
        self.first_place: dict[int, str] = {}
        for body in bodies:
            for one in body:
                if (key := expansion.key_of(one)) is not None:
                    self.shared[key] += 1
                    self.first_place.setdefault(key, str(one.get("id") or ""))
            for name, block_id in used_blocks(body):
                self.number[name] += 1
                self.first.setdefault(name, block_id)


def _bodies_of_page(page: Page) -> list[Any]:
    return [list(getattr(page, name).raw_data) for name in stream_fields(type(page))]


def _bodies_of_revision(model: type[Page], content: dict[str, Any]) -> list[Any]:
    bodies = []
    for name in stream_fields(model):
        body = content.get(name)
        bodies.append(json.loads(body) if isinstance(body, str) and body else body or [])
    return bodies


def _write(page_pk: int, live: Count, draft: Count) -> None:
    wanted = {
        name: (live.number[name], draft.number[name], (draft.first.get(name) or live.first.get(name, ""))[:40])
        for name in {*live.number, *draft.number}
    }
    with transaction.atomic():
        present = {use.block_type: use for use in BlockUse.objects.filter(page_id=page_pk)}
        gone = [use.pk for name, use in present.items() if name not in wanted]
        if gone:
            BlockUse.objects.filter(pk__in=gone).delete()
        for name, (n_live, n_draft, first) in wanted.items():
            use = present.get(name)
            facts = {"live": n_live, "draft": n_draft, "first_id": first}
            if use is None:
                BlockUse.objects.update_or_create(page_id=page_pk, block_type=name, defaults=facts)
            elif (use.live, use.draft, use.first_id) != (n_live, n_draft, first):
                BlockUse.objects.filter(pk=use.pk).update(**facts)
        _write_shared(page_pk, live, draft)


def _write_shared(page_pk: int, live: Count, draft: Count) -> None:
    present = {use.shared_id: use for use in SharedUse.objects.filter(page_id=page_pk)}
    keys = {*live.shared, *draft.shared}
    if not present and not keys:
        return
    # A page may name shared content that is gone.
    model = SharedUse._meta.get_field("shared").related_model
    there = set(model.objects.filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    if gone := [use.pk for key, use in present.items() if key not in there]:
        SharedUse.objects.filter(pk__in=gone).delete()
    for key in there:
        first = (draft.first_place.get(key) or live.first_place.get(key, ""))[:40]
        facts = {"live": live.shared[key], "draft": draft.shared[key], "first_id": first}
        use = present.get(key)
        if use is None or (use.live, use.draft, use.first_id) != (facts["live"], facts["draft"], facts["first_id"]):
            SharedUse.objects.update_or_create(page_id=page_pk, shared_id=key, defaults=facts)


def index_page(page: Page) -> None:
    """Count the blocks of a page as it is live and in its newest revision; ``page`` is of its own type."""
    if not stream_fields(type(page)):
        return
    bodies = _bodies_of_page(page)
    draft = bodies
    revision_pk = page.latest_revision_id
    if revision_pk and page.has_unpublished_changes:
        content = Revision.objects.filter(pk=revision_pk).values_list("content", flat=True).first()
        draft = _bodies_of_revision(type(page), content) if content else bodies
    _write(page.pk, Count(bodies if page.live else []), Count(draft))


def _page_saved(sender: type[Any], instance: Any, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    if raw or not isinstance(instance, Page) or not (fields := stream_fields(sender)):
        return
    # Saving a draft writes a few fields of a page that holds the draft's body in memory.
    if update_fields is None or {*fields, "live"} & set(update_fields):
        index_page(instance)


def _revision_saved(sender: type[Revision], instance: Revision, raw: bool = False, **kwargs: Any) -> None:
    """Count a new draft; what is live is as it was."""
    if raw:
        return
    model = instance.content_type.model_class()
    if model is None or not issubclass(model, Page) or not stream_fields(model):
        return
    page = model._base_manager.filter(pk=instance.object_id).first()
    if page is None:
        return
    live = Count(_bodies_of_page(page) if page.live else [])
    _write(page.pk, live, Count(_bodies_of_revision(model, instance.content)))


def connect() -> None:
    """Keep the index from now on."""
    post_save.connect(_page_saved, dispatch_uid="block_rules.page_saved")
    post_save.connect(_revision_saved, sender=Revision, dispatch_uid="block_rules.revision_saved")


def rebuild() -> int:
    """Count every page anew; return how many pages were read."""
    pages = 0
    for model in get_page_models():
        if model._meta.abstract or not stream_fields(model):
            continue
        for page in model._base_manager.iterator(chunk_size=100):
            index_page(page)
            pages += 1
    return pages


def most_used() -> dict[str, int]:
    """Return how often each block is used in all drafts together, one query; for the order of the picker."""
    rows = BlockUse.objects.values_list("block_type").annotate(total=Sum("draft"))
    return {name: total or 0 for name, total in rows}
