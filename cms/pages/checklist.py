"""The checklist before publishing: what the form refuses, what the blocks' checks say, what the portal would miss."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import unquote

from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from blocks.checking import MUST, SHOULD, Finding, Node, Severity, findings_in, nodes_of, refusals, sentences_of
from cms.pages import checks
from cms.pages.checks_blocks import pages_linked_in, says_something
from cms.pages.models import ComposedPage, PortalPage
from cms.pages.roles import pages_with_roles, site_holding

BODY: Final = "body"
# Whole-portal problems that the checks of the blocks name at their very place.
NAMED_AT_THEIR_PLACE = frozenset({checks.MISSING_ROLE})


class Surroundings:
    """What the checks of one page may ask; each question costs one query, however long the page is."""

    def __init__(self, page: ComposedPage, nodes: list[Node], now: datetime | None = None) -> None:
        """Keep the page and everything on it."""
        self.page, self._nodes = page, nodes
        self.now = now or timezone.now()

    @cached_property
    def live_roles(self) -> set[str]:
        """The roles that have a live page, or get one with this page."""
        path = self.page.path or getattr(self.page, "future_parent_path", "")
        site = site_holding(path) if path else None
        return {*(pages_with_roles(site) if site else ()), getattr(self.page, "service_role", "")}

    @cached_property
    def live_pages(self) -> set[int]:
        """The live pages among those that rich texts link to."""
        linked = pages_linked_in(self._nodes)
        return set(Page.objects.live().filter(pk__in=linked).values_list("pk", flat=True)) if linked else set()

    @cached_property
    def _live_paths(self) -> set[str]:
        path = self.page.path or getattr(self.page, "future_parent_path", "")
        site = site_holding(path) if path else None
        if site is None:
            return set()
        start = len(site.root_page.url_path)
        found = Page.objects.live().descendant_of(site.root_page, inclusive=True).values_list("url_path", flat=True)
        return {"/" + url_path[start:].strip("/") for url_path in found}

    def is_dead_path(self, address: str) -> bool:
        """Tell whether an address of this portal is meant to be a page but is none; other addresses are not asked."""
        path = address.partition("#")[0].partition("?")[0]
        if not path.startswith("/") or path.startswith(("/-/", "/media/", "/documents/", "/static/")):
            return False
        return bool(self._live_paths) and "/" + unquote(path).strip("/") not in self._live_paths


@dataclass(frozen=True)
class Item:
    """One line of the checklist."""

    severity: Severity
    sentence: str
    place: str = ""
    path: str = ""  # of the field in the editor's form, empty where there is none

    @property
    def is_must(self) -> bool:
        """Whether it has to be put right."""
        return self.severity == MUST


def _item(finding: Finding) -> Item:
    path = ".".join(part for part in finding.path if part)
    return Item(finding.severity, finding.sentence, " › ".join(finding.place), path)


def findings_of(page: ComposedPage, body: Iterable[Any] | None = None) -> list[Finding]:
    """Return what the checks say of a page and its blocks (or of ``body`` in their place), in the order of the page."""
    found = []
    if page.title and not says_something(page.title):
        found.append(
            Finding(
                "only_signs",
                MUST,
                _("页面标题只有表情或符号，患者和搜索都认不出来，请加上文字。"),
                ("title",),
                (_("标题"),),
            )
        )
    blocks = list(page.body if body is None else body)
    nodes = list(nodes_of(blocks, BODY))
    if not blocks and isinstance(page, PortalPage):  # other kinds have a content of their own
        found.append(Finding("empty_page", SHOULD, _("这一页还没有任何内容。"), (BODY,), (_("页面内容"),)))
    found += findings_in(nodes, Surroundings(page, nodes))
    return found


def must_fix(page: ComposedPage) -> list[Item]:
    """Return what staff are asked about before a page goes live, beside the problems of the whole portal."""
    found = findings_of(page)
    return [_item(f) for f in found if f.severity == MUST and f.code not in NAMED_AT_THEIR_PLACE]


def checklist(page: ComposedPage, *, refused: Iterable[Finding] = (), body: Iterable[Any] | None = None) -> list[Item]:
    """Return the whole list, what must be put right first; one place is named once.

    ``refused``: what the form says of what was typed; ``body``: the blocks typed, where the page could not take them.
    """
    refused = list(refused)
    # What is refused, and the blocks around it: an empty block whose field is asked for is named once.
    named = {finding.path[:depth] for finding in refused for depth in range(2, len(finding.path) + 1)}
    found = [*refused, *(f for f in findings_of(page, body) if f.path not in named)]
    items = [_item(finding) for finding in found]
    if page.path:
        problems = checks.problems_of_publishing(page)
        items += [Item(MUST, p.sentence) for p in problems if p.code not in NAMED_AT_THEIR_PLACE]
    return sorted(items, key=lambda item: item.severity != MUST)


def refused_by(form: Any) -> list[Finding]:
    """Return every error of the editor's form with its place: of the page's own fields and of its blocks."""
    found: list[Finding] = []
    for name, errors in form.errors.as_data().items():
        field = form.fields.get(name)
        label = str(field.label) if field is not None and field.label else ""
        if name == BODY:
            top = Node(field.block, form[BODY].value(), (BODY,), ())
            for error in errors:
                found += refusals(top, error)
            continue
        place, path = ((label,), (name,)) if label else ((), ())
        found += [
            Finding("refused", MUST, sentence, path, place) for error in errors for sentence in sentences_of(error)
        ]
    return found
