"""What pages ask of shared content, and which pages use it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from blocks.shared import expansion
from cms.blockrules.models import SharedUse
from cms.shared.models import SharedBlock

Raw = list[dict[str, Any]]


def published(pks: list[int]) -> dict[int, Raw]:
    """Return the blocks of published shared content; one query."""
    found = SharedBlock.objects.filter(pk__in=pks, live=True).only("pk", "body")
    return {one.pk: list(one.body.raw_data) for one in found}


class Library:
    """All published shared content, read once, for who looks at many pages; ``instead`` is what some of it may become.

    Given to :func:`blocks.shared.expansion.expand` as ``contents``.
    """

    def __init__(self, instead: dict[int, Raw | None] | None = None) -> None:
        """Read nothing yet."""
        self._instead = instead or {}
        self._known: dict[int, Raw] | None = None

    def __call__(self, pks: Iterable[int]) -> dict[int, Raw]:
        """Return the blocks by key."""
        if self._known is None:
            rows = SharedBlock.objects.filter(live=True).only("pk", "body")
            self._known = {one.pk: list(one.body.raw_data) for one in rows}
            for pk, raw in self._instead.items():
                if raw is None:
                    self._known.pop(pk, None)
                else:
                    self._known[pk] = raw
        return self._known


@dataclass(frozen=True)
class Use:
    """One page that shows shared content."""

    title: str
    is_live: bool  # patients see it there now
    edit_url: str


def pages_using(shared: SharedBlock) -> list[Use]:
    """Return the pages whose live body or newest draft names this content, those that patients see first."""
    rows = (
        SharedUse.objects.filter(shared_id=shared.pk)
        .filter(Q(live__gt=0) | Q(draft__gt=0))
        .select_related("page")
        .order_by("-live", "page__path")
    )
    return [_use(row) for row in rows]


def _use(row: SharedUse) -> Use:
    url = reverse("wagtailadmin_pages:edit", args=[row.page_id])
    place = f"#:w:contentpath=body.{row.first_id}" if row.first_id else ""
    return Use(row.page.draft_title or row.page.title, bool(row.live), url + place)


def block_types(raw: Raw) -> set[str]:
    """Return the types of the blocks of shared content."""
    return {one["type"] for one in raw if isinstance(one, dict) and isinstance(one.get("type"), str)}


def holding(name: str) -> list[SharedBlock]:
    """Return the shared content that holds a block of this type, live or drafted last; for the report of blocks."""
    rows = SharedBlock.objects.select_related("latest_revision").order_by("name")
    return [one for one in rows if name in block_types(list(one.body.raw_data)) | block_types(drafted(one))]


def drafted(shared: SharedBlock) -> Raw:
    """Return the blocks of the newest draft."""
    revision = shared.latest_revision if shared.has_unpublished_changes else None
    return list(revision.as_object().body.raw_data) if revision is not None else list(shared.body.raw_data)


def places_in(raw: Raw) -> list[tuple[int, str]]:
    """Return key and block id of every place in a stored body."""
    return [(key, str(one.get("id") or "")) for one in raw if (key := expansion.key_of(one)) is not None]
