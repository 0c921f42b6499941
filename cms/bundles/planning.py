"""What an import would do, before it does anything: page by page, compared with what is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from wagtail.fields import StreamField
from wagtail.models import Page, Site

from cms.bundles import identity, site_settings
from cms.bundles.archive import Bundle
from cms.bundles.exporting import Exporter, model_of
from cms.bundles.kinds import Kind, find, here, kind_of
from cms.bundles.models import Origin
from cms.bundles.records import OWN_APPS, fields_of, fingerprint, put_children, put_values, stream_block
from cms.library import travel
from cms.pages.models import PortalPage


class Status(StrEnum):
    """What becomes of one page of the bundle."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    CONFLICT = "conflict"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Destination:
    """Where a bundle goes: onto a site (its root page is the bundle's), or below a page."""

    site: Site | None = None
    parent: Page | None = None

    @property
    def base(self) -> Page:
        """The page below which pages of the bundle are looked for."""
        return self.site.root_page if self.site is not None else self.parent  # type: ignore[return-value]

    def __str__(self) -> str:
        return str(self.site.site_name or self.site.hostname) if self.site is not None else self.base.title


@dataclass
class PagePlan:
    """One page of the bundle."""

    record: dict[str, Any]
    path: str
    status: Status = Status.NEW
    page: Page | None = None  # the one here, as last drafted
    notes: list[str] = field(default_factory=list)
    theirs: str = ""

    @property
    def key(self) -> str:
        """The key it travels under."""
        return str(self.record["key"])

    @property
    def title(self) -> str:
        """Its title in the bundle."""
        return str(self.record["title"])


@dataclass
class ThingPlan:
    """One thing of the bundle that is compared as pages are: shared content, a theme."""

    record: dict[str, Any]
    kind: Kind
    status: Status = Status.NEW
    thing: models.Model | None = None  # the one here
    notes: list[str] = field(default_factory=list)
    theirs: str = ""

    @property
    def key(self) -> str:
        """What staff's choice about it is called."""
        return str(self.record["token"])

    @property
    def title(self) -> str:
        """Its name in the bundle."""
        return str(self.record.get("title", ""))

    @property
    def label(self) -> str:
        """What it is."""
        return str(self.kind.model._meta.verbose_name)


@dataclass
class Missing:
    """A department, doctor or campus that HIS here does not know; staff choose another or leave it out."""

    token: str
    label: str
    name: str
    pages: list[str] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Plan:
    """The whole difference."""

    destination: Destination
    rows: list[PagePlan] = field(default_factory=list)
    things: list[ThingPlan] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    settings: list[tuple[str, str, list[str]]] = field(default_factory=list)  # name, status, what differs
    notes: list[str] = field(default_factory=list)

    def of(self, status: Status) -> list[PagePlan]:
        """Return the pages of one status."""
        return [row for row in self.rows if row.status == status]

    @property
    def counts(self) -> dict[str, int]:
        """How many pages have each status."""
        return {status.value: len(self.of(status)) for status in Status}


class _Collector:
    """Notes what a record refers to."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()

    def key(self, token: str) -> Any:
        """Note a reference."""
        self.tokens.add(str(token))
        return travel.GONE

    def code(self, label: str, by: str, code: Any) -> Any:
        """Note a reference by code."""
        self.tokens.add(f"code:{label}:{code}")
        return code


def plan(bundle: Bundle, destination: Destination) -> Plan:
    """Compare a bundle with what is at its destination; changes nothing."""
    return _Planner(bundle, destination).plan()


class _Planner:
    def __init__(self, bundle: Bundle, destination: Destination) -> None:
        self.bundle, self.destination = bundle, destination
        self.result = Plan(destination)
        self.exporter = Exporter(with_files=False)
        inside = destination.base.get_descendants(inclusive=True).specific()
        self.here: dict[int, Page] = {page.pk: page for page in inside}
        self.by_key = {self.exporter.keys[pk]: page for pk, page in self.here.items()}
        self.by_address = {(page.path[: -page.steplen], page.slug): page for page in self.here.values()}
        self.origins = {
            row.object_pk: row for row in Origin.objects.filter(label=identity.PAGE_LABEL, object_pk__in=self.here)
        }
        self.rows: dict[str, PagePlan] = {}
        self.taken: set[int] = set()
        self.missing: dict[str, Missing] = {}
        self.known: set[str] = set()

    def plan(self) -> Plan:
        for record in self.bundle.pages:
            parent = self.rows.get(record["parent"] or "")
            row = PagePlan(record, f"{parent.path}{record['slug']}/" if parent else "/", theirs=fingerprint(record))
            self.rows[row.key] = row
            self.result.rows.append(row)
            self._decide(row, parent)
        # Pages that were matched go by the key of the bundle before anything is compared.
        self.exporter.keys.update({row.page.pk: row.key for row in self.result.rows if row.page is not None})
        self._things()
        for row in self.result.rows:
            if row.page is not None:
                row.status = self._compare(row, row.page)
        self._codes()
        self._roles()
        if self.destination.site is not None:
            self._settings(self.destination.site)
        matched = self.taken | ({self.destination.base.pk} if self.destination.site is None else set())
        self.result.left_alone = [page.title for pk, page in self.here.items() if pk not in matched]
        self.result.missing = list(self.missing.values())
        self.result.notes += [str(note) for note in self.bundle.manifest.get("lost") or []]
        return self.result

    # --- pages ---------------------------------------------------------------------------------------------------

    def _decide(self, row: PagePlan, parent: PagePlan | None) -> None:
        model = model_of(row.record["type"])
        if model is None or not issubclass(model, Page):
            return self._block(row, _("这里没有「%(type)s」这种页面类型。") % {"type": row.record["type"]})
        if parent is not None and parent.status == Status.BLOCKED:
            return self._block(row, _("上级页面不能导入。"))
        self._note_unknown_blocks(row, model)
        holder = self._one_to_one_holder(row, model)
        found = self._match(row, parent, model, holder)
        if found is None:
            if holder is not None:
                return self._block(row, _("同一个科室或医生已经有介绍页「%(title)s」。") % {"title": holder.title})
            above = parent.record["type"] if parent else ""
            if above and model not in model_of(above).allowed_subpage_models():  # type: ignore[union-attr]
                return self._block(row, _("这种页面不能放在它的上级页面下面。"))
            return None
        self.taken.add(found.pk)
        row.page = found.get_latest_revision_as_object()
        return None

    @staticmethod
    def _block(row: PagePlan, sentence: str) -> None:
        row.status = Status.BLOCKED
        row.notes.append(sentence)

    def _match(self, row: PagePlan, parent: PagePlan | None, model: type[Page], holder: Page | None) -> Page | None:
        """Find the page here that is the same page: by its key, as a root, by what it introduces, by its address."""
        candidates = [self.by_key.get(row.key)]
        if parent is None and self.destination.site is not None:
            candidates.append(self.destination.base)
        candidates.append(holder)
        if parent is not None and parent.page is not None:
            candidates.append(self.by_address.get((parent.page.path, row.record["slug"])))
        for page in candidates:
            if page is not None and type(page) is model and page.pk in self.here and page.pk not in self.taken:
                return page
        return None

    def _one_to_one_holder(self, row: PagePlan, model: type[Page]) -> Page | None:
        for name, code in _one_to_one(row.record, model):
            page = model.objects.filter(**{f"{name}__code": code}).first()
            if page is not None:
                return self.here.get(page.pk, page)
        return None

    def _compare(self, row: PagePlan, found: Page) -> Status:
        mine = fingerprint(self.exporter.page(row.page))  # type: ignore[arg-type]
        if mine == row.theirs:
            return Status.SAME
        origin = self.origins.get(found.pk)
        if origin is None or not origin.mine:
            row.notes.append(_("这里原来就有这一页，内容和包里的不同。"))
            return Status.CONFLICT
        return self._since(row, mine, origin)

    @staticmethod
    def _since(row: "PagePlan | ThingPlan", mine: str, origin: Origin) -> Status:
        """Compare both sides with what they were at the last import."""
        if mine == origin.mine:
            return Status.SAME if row.theirs == origin.theirs else Status.CHANGED
        both = row.theirs != origin.theirs
        row.notes.append(
            _("上次导入以后，这里和包里都改过。") if both else _("上次导入以后，这里改过；包里没有新内容。")
        )
        return Status.CONFLICT

    @staticmethod
    def _note_unknown_blocks(row: "PagePlan | ThingPlan", model: type[models.Model]) -> None:
        for one in fields_of(model):
            if isinstance(one, StreamField):
                unknown = travel.unknown_blocks(stream_block(one), row.record["fields"].get(one.name))
                row.notes += [block.sentence for block in unknown]

    # --- shared content, themes ------------------------------------------------------------------------------------

    def _things(self) -> None:
        for record in self.bundle.parts["things.json"]:
            kind = kind_of(record)
            if kind is None:
                continue
            row = ThingPlan(record, kind, theirs=fingerprint(record))
            row.thing = find(kind, record)
            self._note_unknown_blocks(row, kind.model)
            if row.thing is not None:
                # It goes by the key of the bundle before anything is compared.
                self.exporter.name_thing(row.thing, row.key)
            self.result.things.append(row)
        for row in self.result.things:
            if row.thing is not None:
                row.status = self._compare_thing(row, row.thing)

    def _compare_thing(self, row: ThingPlan, thing: models.Model) -> Status:
        label = type(thing)._meta.label_lower
        mine = fingerprint(here(row.kind, thing, self.exporter))
        if mine == row.theirs:
            return Status.SAME
        origin = Origin.objects.filter(label=label, object_pk=thing.pk).exclude(mine="").first()
        if origin is None:
            row.notes.append(_("这里原来就有同名的一份，内容和包里的不同。"))
            return Status.CONFLICT
        return self._since(row, mine, origin)

    # --- what pages refer to -------------------------------------------------------------------------------------

    def _codes(self) -> None:
        files, things = self.bundle.files, {thing.get("token") for thing in self.bundle.parts["things.json"]}
        keys = set(self.rows) | set(self.by_key)
        rows: list[PagePlan | ThingPlan] = [*self.result.things, *self.result.rows]
        for row in rows:
            model = model_of(row.record["type"])
            if model is None or row.status in {Status.BLOCKED, Status.SAME}:
                continue
            for token in sorted(tokens_of(row.record, model)):
                kind, _colon, rest = token.partition(":")
                if kind == "code":
                    self._code(token, row)
                elif kind == "page" and rest not in keys:
                    row.notes.append(_("有链接指向包外的页面，会去掉链接。"))
                elif (kind == "file" and rest not in files) or (kind == "thing" and token not in things):
                    row.notes.append(_("引用的图片、文件或内容不在包里，会留空。"))

    def _code(self, token: str, row: "PagePlan | ThingPlan") -> None:
        label, _colon, code = token.removeprefix("code:").partition(":")
        model = model_of(label)
        if model is None or model._meta.app_label in OWN_APPS:
            return
        if token in self.known:
            return
        if token not in self.missing and model.objects.filter(code=code).exists():
            self.known.add(token)
            return
        known = self.missing.get(token)
        if known is None:
            names: Mapping[str, str] = self.bundle.manifest.get("names") or {}
            name = names.get(token) or code
            choices = [(one.code, str(one)) for one in model.objects.filter(is_active=True)]
            known = self.missing[token] = Missing(token, str(model._meta.verbose_name), name, choices=choices)
        known.pages.append(row.title)

    def _roles(self) -> None:
        """Say which roles are not free: a role belongs to one page of a site."""
        base = self.destination.base
        site = self.destination.site or _site_of(base)
        if site is None:
            return
        taken = {
            page.service_role: page.title
            for page in PortalPage.objects.live()
            .descendant_of(site.root_page, inclusive=True)
            .exclude(service_role="")
            .exclude(pk__in=self.taken)
        }
        for row in self.result.rows:
            role = row.record["fields"].get("service_role")
            if role in taken and row.status == Status.NEW:
                row.notes.append(_("用途已经属于「%(title)s」，导入后这一页没有用途。") % {"title": taken[role]})

    # --- settings ------------------------------------------------------------------------------------------------

    def _settings(self, site: Site) -> None:
        for record in self.bundle.parts["settings.json"]:
            label = str(record.get("type", ""))
            if label == site_settings.USES:
                uses = site_settings.uses_of(site, self.exporter)
                mine: dict[str, Any] | None = {"uses": uses} if uses else None
            else:
                model: Any = site_settings.setting_model(label)
                if model is None:
                    self.result.notes.append(_("这里没有「%(type)s」这种设置，会略过。") % {"type": record.get("type")})
                    continue
                row = site_settings.row_of(model, site)
                mine = site_settings.kept(row, self.exporter) if row is not None else None
            theirs = record["fields"]
            if mine is None and not any(theirs.values()):
                continue
            status, differs = Status.NEW, []
            if mine is not None:
                same = fingerprint({"fields": mine}) == fingerprint({"fields": theirs})
                status = Status.SAME if same else Status.CHANGED
                differs = [] if same else site_settings.difference(label, mine, theirs)
            self.result.settings.append((site_settings.label_of(label), status.value, differs))


def _site_of(page: Page) -> Site | None:
    from cms.pages.roles import site_holding

    return site_holding(page.path)


def _one_to_one(record: Mapping[str, Any], model: type[Page]) -> list[tuple[str, str]]:
    """Return the fields that bind a page to one thing of HIS, with its code."""
    found = []
    for one in fields_of(model):
        value = record["fields"].get(one.name)
        if one.one_to_one and isinstance(value, str) and value.startswith("code:"):
            found.append((one.name, value.split(":", 2)[2]))
    return found


def tokens_of(record: Mapping[str, Any], model: type[models.Model]) -> set[str]:
    """Return everything a record refers to."""
    collector = _Collector()
    blank = model()
    for _field, _keys in put_values(blank, record["fields"], collector):
        pass
    if isinstance(blank, Page):
        put_children(blank, record.get("children") or {}, collector)
    return collector.tokens
