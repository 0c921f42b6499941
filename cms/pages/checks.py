"""Page checks: does every step of the portal have its page, and can every page do its work?

Asked by ``manage.py check_portal``, by the dashboard, and before a page goes live, goes offline, moves or is deleted.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from wagtail.models import Page, Site, get_page_models

from blocks import roles
from blocks.links import LinkValue
from blocks.registry import block_classes, blocks_serving
from blocks.shared import expansion, reading
from cms.pages.models import ComposedPage
from cms.pages.roles import site_holding
from cms.pages.settings import PortalSettings
from themes.templatetags.portal_tags import clock, cn_date

MISSING_ROLE = "missing_role"
MISSING_BLOCK = "missing_block"
TWICE = "two_pages"
TAB_NOWHERE = "tab_nowhere"
EXPIRES = "role_expires"


@dataclass(frozen=True)
class Problem:
    """One thing a patient would stumble over, in a sentence for staff."""

    code: str
    role: str
    sentence: str
    page_pks: frozenset[int] = frozenset()  # the pages where it is put right


@dataclass(frozen=True)
class TabTarget:
    """Where one item of the tab bar leads."""

    label: str
    roles: frozenset[str]
    page_pk: int | None  # a live page
    elsewhere: bool  # an address


@dataclass
class Snapshot:
    """What the live pages of a site link to and hold; changed in memory to ask "what if"."""

    titles: dict[int, str] = field(default_factory=dict)
    role_of: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, set[str]] = field(default_factory=dict)
    links: dict[int, set[str]] = field(default_factory=dict)
    ends: dict[int, datetime] = field(default_factory=dict)  # pages that go offline by themselves
    gone: set[int] = field(default_factory=set)
    tabs: list[TabTarget] = field(default_factory=list)
    contents: expansion.Contents = reading.published  # of shared content

    def put(self, page: ComposedPage) -> None:
        """Take a page as if it were live with this body."""
        pk = page.pk or 0
        defined = page.body.stream_block.child_blocks
        body = expansion.expand(page.body.raw_data, self.contents)
        children = [(defined[raw["type"]], raw) for raw in body if raw["type"] in defined]
        self.titles[pk] = page.title
        self.role_of[pk] = getattr(page, "service_role", "")
        self.kinds[pk] = {raw["type"] for _block, raw in children}
        self.links[pk] = {role for block, raw in children for role in block.linked_roles(raw["value"])}
        self.gone.discard(pk)
        if page.expire_at:
            self.ends[pk] = page.expire_at
        else:
            self.ends.pop(pk, None)

    def drop(self, pks: Iterable[int]) -> None:
        """Take pages as if they were gone."""
        for pk in pks:
            self.gone.add(pk)
            for part in (self.titles, self.role_of, self.kinds, self.links, self.ends):
                part.pop(pk, None)


def page_types() -> list[type[ComposedPage]]:
    """Return every type of page made of blocks, whichever app it comes from."""
    return [model for model in get_page_models() if issubclass(model, ComposedPage)]


def snapshot_of(site: Site, contents: expansion.Contents | None = None) -> Snapshot:
    """Read the live pages of a site: one query for each page type, and one for shared content where there is any.

    ``contents`` gives what shared content is to be taken as.
    """
    snapshot = Snapshot(contents=contents or reading.everything())
    for model in page_types():
        for page in model.objects.live().descendant_of(site.root_page, inclusive=True):
            snapshot.put(page)
    for item in PortalSettings.for_site(site).tabs:
        link: LinkValue = item.value["link"]
        page = link.get("page")
        target = page.pk if page is not None and page.live else None
        snapshot.tabs.append(
            TabTarget(
                item.value["label"],
                frozenset([link["role"]] if link.get("role") else []),
                target,
                bool(link.get("url")),
            )
        )
    return snapshot


def _names(titles: Iterable[str]) -> str:
    return "、".join(f"「{title}」" for title in titles)


def problems_in(snapshot: Snapshot) -> list[Problem]:
    """Return what is wrong with a portal, the most basic first."""
    pages_of: dict[str, list[int]] = defaultdict(list)
    for pk, role in snapshot.role_of.items():
        if role:
            pages_of[role].append(pk)
    return [
        *_missing_roles(snapshot, pages_of),
        *_tabs_to_nowhere(snapshot, pages_of),
        *_missing_blocks(snapshot),
        *_twice(snapshot, pages_of),
        *_expiring(snapshot),
    ]


def _missing_roles(snapshot: Snapshot, pages_of: dict[str, list[int]]) -> list[Problem]:
    order = {role: position for position, role in enumerate(roles.ROLES)}
    linking: dict[str, list[int]] = defaultdict(list)
    for pk, linked in snapshot.links.items():
        for role in linked:
            linking[role].append(pk)
    return [
        Problem(
            MISSING_ROLE,
            role,
            _("没有已发布的「%(role)s」页，但%(pages)s里有按钮要去那里，患者点了没有反应。")
            % {"role": roles.label_of(role), "pages": _names(snapshot.titles[pk] for pk in linking[role][:5])},
            frozenset(linking[role]),
        )
        for role in sorted(linking, key=lambda role: (order.get(role, len(order)), role))  # old links outlive roles
        if role not in pages_of
    ]


def _tabs_to_nowhere(snapshot: Snapshot, pages_of: dict[str, list[int]]) -> list[Problem]:
    problems = []
    for tab in snapshot.tabs:
        lost = sorted(tab.roles - set(pages_of))
        if lost:
            sentence = _("底部标签「%(tab)s」要去的「%(role)s」页没有发布，患者看不到这个标签。")
            names = {"tab": tab.label, "role": roles.label_of(lost[0])}
            problems.append(Problem(TAB_NOWHERE, lost[0], sentence % names))
        elif not tab.roles and not tab.elsewhere and (tab.page_pk is None or tab.page_pk in snapshot.gone):
            problems.append(Problem(TAB_NOWHERE, "", _("底部标签「%(tab)s」没有可以打开的页面。") % {"tab": tab.label}))
    return problems


def _missing_blocks(snapshot: Snapshot) -> list[Problem]:
    problems = []
    for pk, role in snapshot.role_of.items():
        needed = blocks_serving(role) if role else []
        if needed and not snapshot.kinds[pk] & set(needed):
            names = "」或「".join(str(block_classes()[name]._meta_class.label or name) for name in needed)
            sentence = _("「%(title)s」的用途是「%(role)s」，但页面里没有「%(blocks)s」组件，患者在这一步办不了事。")
            values = {"title": snapshot.titles[pk], "role": roles.label_of(role), "blocks": names}
            problems.append(Problem(MISSING_BLOCK, role, sentence % values, frozenset({pk})))
    return problems


def _twice(snapshot: Snapshot, pages_of: dict[str, list[int]]) -> list[Problem]:
    return [
        Problem(
            TWICE,
            role,
            _("有 %(count)d 个已发布的页面都是「%(role)s」：%(pages)s。请只保留一个。")
            % {
                "count": len(pks),
                "role": roles.label_of(role),
                "pages": _names(snapshot.titles[pk] for pk in pks),
            },
            frozenset(pks),
        )
        for role, pks in pages_of.items()
        if len(pks) > 1
    ]


def _expiring(snapshot: Snapshot) -> list[Problem]:
    sentence = _("「%(title)s」是「%(role)s」页，但设定了 %(when)s 自动下线，到时患者在这一步办不了事。")
    return [
        Problem(
            EXPIRES,
            snapshot.role_of[pk],
            sentence
            % {
                "title": snapshot.titles[pk],
                "role": roles.label_of(snapshot.role_of[pk]),
                "when": f"{cn_date(moment)} {clock(moment)}",
            },
            frozenset({pk}),
        )
        for pk, moment in snapshot.ends.items()
        if snapshot.role_of[pk]
    ]


def check_site(site: Site) -> list[Problem]:
    """Return what is wrong with the live portal of a site."""
    return problems_in(snapshot_of(site))


def problems_of_publishing(*pages: ComposedPage) -> list[Problem]:
    """Return what would be wrong because of ``pages`` if they went live as they are, old troubles of others left out.

    All pages belong to the site of the first; pages outside every site trouble nobody.
    """
    site = site_holding(pages[0].path) if pages else None
    if site is None:
        return []
    snapshot = snapshot_of(site)
    # Wagtail writes a new page as live before it asks anybody.
    snapshot.drop(page.pk for page in pages if page.first_published_at is None)
    before = {problem.sentence for problem in problems_in(snapshot)}
    for page in pages:
        snapshot.put(page)
    pks = {page.pk for page in pages}
    return [p for p in problems_in(snapshot) if pks & p.page_pks or p.sentence not in before]


def problems_of_removing(pages: Iterable[ComposedPage], *, with_descendants: bool = True) -> list[Problem]:
    """Return what would newly be wrong if these pages (and all below them) were no longer live."""
    paths = [page.path for page in pages]
    site = site_holding(paths[0]) if paths else None
    if site is None:
        return []
    snapshot = snapshot_of(site)
    before = {_key(p) for p in problems_in(snapshot)}
    gone = [
        pk
        for pk, path in Page.objects.live().values_list("pk", "path")
        if any(path == start or (with_descendants and path.startswith(start)) for start in paths)
    ]
    snapshot.drop(gone)
    return [p for p in problems_in(snapshot) if _key(p) not in before]


def _key(problem: Problem) -> tuple[str, str, str]:
    """Return what makes a problem the same one when other pages come or go; its sentence names those pages."""
    return problem.code, problem.role, problem.sentence if problem.code == TAB_NOWHERE else ""
