"""Doing what a plan says: files first, then everything else in one transaction, or nothing at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Locale, Page, Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from cms.bundles import identity, site_settings
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.exporting import Exporter, model_of
from cms.bundles.incoming import Files, Finder, make_things
from cms.bundles.kinds import begin, here, remember, write
from cms.bundles.models import Origin
from cms.bundles.planning import Destination, PagePlan, Plan, Status, ThingPlan, plan
from cms.bundles.records import fingerprint, put_children, put_values
from cms.library import travel
from cms.library.models import PageTemplate
from cms.pages import checks
from cms.pages.models import PortalPage
from cms.pages.roles import site_holding

Progress = Callable[[int, int], None]
# What data of another shape than ours makes our code raise.
MALFORMED = (
    *(ValidationError, TypeError, ValueError, AttributeError),
    *(LookupError, ArithmeticError, RecursionError),
)


@dataclass(frozen=True)
class Choices:
    """What staff decided after seeing the difference."""

    publish: bool = False
    take: frozenset[str] = frozenset()  # keys of pages in conflict that become what the bundle says
    codes: Mapping[str, str] = field(default_factory=dict)  # code token → code here, empty to leave out
    settings: bool = False
    redirects: bool = False
    templates: bool = False


@dataclass
class Outcome:
    """What an import did."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def compare(bundle: Bundle, destination: Destination) -> Plan:
    """Return what an import would do. Raises BundleError where the data makes no sense."""
    try:
        return plan(bundle, destination)
    except MALFORMED as error:
        raise BundleError("damaged", _("页面数据的格式不对，包已损坏。")) from error


def apply(bundle: Bundle, destination: Destination, choices: Choices, *, user: Any, progress: Progress) -> Outcome:
    """Import a bundle. Raises BundleError, with nothing changed, where any part of it cannot be done."""
    files = Files(bundle)
    try:
        files.store()
        with transaction.atomic():
            return _Import(bundle, destination, choices, files, user, progress).run()
    except BundleError:
        files.discard()
        raise
    except (DatabaseError, *MALFORMED) as error:
        files.discard()
        raise BundleError(
            "failed", _("导入没有成功，什么都没有改变。原因：%(why)s") % {"why": str(error)[:200]}
        ) from error
    except BaseException:
        files.discard()
        raise


class _Import:
    def __init__(
        self, bundle: Bundle, destination: Destination, choices: Choices, files: Files, user: Any, progress: Progress
    ) -> None:
        self.bundle, self.destination, self.choices = bundle, destination, choices
        self.files, self.user, self.progress = files, user, progress
        self.plan = compare(bundle, destination)
        self.finder = Finder(files.known, choices.codes)
        self.outcome = Outcome()
        self.pages: dict[str, Page] = {}

    def run(self) -> Outcome:
        before = self._problems()
        self.files.make_rows(self.user)
        make_things(self.bundle, self.finder)
        things = self._begin_things()
        self.finder.pages.update({key: pk for pk, key in identity.page_keys(self._inside()).items()})
        for row in self.plan.rows:
            if row.page is not None:
                self.pages[row.key] = row.page
                self.finder.pages[row.key] = row.page.pk
        work = [row for row in self.plan.rows if self._is_wanted(row)]
        for row in work:
            if row.page is None:
                self._create(row)
        for one in things:
            if one.thing is not None:  # each was made by now
                write(one.kind, one.thing, one.record, self.finder, user=self.user, publish=self.choices.publish)
        for done, row in enumerate(work, 1):
            if row.key in self.pages:
                self._write(row)
            self.progress(done, len(work))
        self._remember(work)
        self._remember_things(things)
        self._rest()
        self.outcome.notes += [p.sentence for p in self._problems() if p.sentence not in {b.sentence for b in before}]
        return self.outcome

    def _inside(self) -> list[int]:
        return list(self.destination.base.get_descendants(inclusive=True).values_list("pk", flat=True))

    def _problems(self) -> list[checks.Problem]:
        site = self.destination.site or site_holding(self.destination.base.path)
        if site is None:
            return []
        return checks.check_site(Site.objects.select_related("root_page").get(pk=site.pk))

    def _is_wanted(self, row: PagePlan) -> bool:
        if row.status == Status.BLOCKED:
            self.outcome.left_out.append(f"{row.title}：{row.notes[-1]}")
            return False
        if row.status == Status.CONFLICT and row.key not in self.choices.take:
            self.outcome.kept.append(row.title)
            return False
        return row.status != Status.SAME

    # --- shared content, themes ------------------------------------------------------------------------------------

    def _begin_things(self) -> list[ThingPlan]:
        """Make what is new, still empty, so that pages can refer to it; return what is to be written."""
        wanted = []
        for row in self.plan.things:
            keep = row.status == Status.SAME or (row.status == Status.CONFLICT and row.key not in self.choices.take)
            if row.thing is None:
                row.thing = begin(row.kind, row.record)
                remember(row.record, row.thing)
                self.outcome.created.append(row.title)
            elif row.status == Status.CONFLICT and keep:
                self.outcome.kept.append(row.title)
            elif not keep:
                self.outcome.updated.append(row.title)
            self.finder.things[row.key] = row.thing.pk
            if not keep:
                wanted.append(row)
        return wanted

    def _exporter(self) -> Exporter:
        """Return what tells things as they are here, by the tokens of the bundle."""
        exporter = Exporter(with_files=False)
        for row in self.plan.things:
            if row.thing is not None:
                exporter.name_thing(row.thing, row.key)
        return exporter

    def _remember_things(self, written: list[ThingPlan]) -> None:
        exporter = self._exporter()
        for row in self.plan.things:
            if row.thing is None or (row not in written and row.status != Status.SAME):
                continue
            thing = type(row.thing)._base_manager.get(pk=row.thing.pk)
            mine = fingerprint(here(row.kind, thing, exporter))
            remember(row.record, thing, theirs=row.theirs, mine=mine, imported_at=timezone.now())

    # --- pages ---------------------------------------------------------------------------------------------------

    def _create(self, row: PagePlan) -> None:
        """Add the page as a draft without content: others may have to refer to it first."""
        parent = self._parent(row)
        if parent is None:
            self.outcome.left_out.append(_("%(title)s：上级页面没有导入。") % {"title": row.title})
            return
        model: Any = model_of(row.record["type"])
        page = model(title=row.title, live=False, has_unpublished_changes=True, owner=self.user)
        page.locale = Locale.get_default()
        values = {
            name: value
            for name, value in row.record["fields"].items()
            if isinstance(value, str) and value.startswith(("code:", "thing:", "file:"))
        }
        put_values(page, values, self.finder)
        needed = [f for f in model._meta.concrete_fields if f.is_relation and not f.null and f.name in values]
        if any(getattr(page, f.attname) is None for f in needed):
            self.outcome.left_out.append(_("%(title)s：没有对应的科室、医生或分类。") % {"title": row.title})
            return
        page.slug = _free_slug(parent, row.record["slug"])
        if page.slug != row.record["slug"]:
            words = {"title": row.title, "slug": page.slug}
            self.outcome.notes.append(_("「%(title)s」的地址已被占用，改为 %(slug)s。") % words)
        with disable_reference_index_auto_update():  # it has no content yet
            parent.add_child(instance=page)
        self.pages[row.key] = page
        self.finder.pages[row.key] = page.pk
        self.outcome.created.append(row.title)

    def _parent(self, row: PagePlan) -> Page | None:
        key = row.record["parent"]
        if key is not None:
            found = self.pages.get(key)
            return Page.objects.get(pk=found.pk) if found is not None else None
        if self.destination.parent is not None:
            return Page.objects.get(pk=self.destination.parent.pk)
        return Page.get_first_root_node()  # the site's root page is of another type: a new one beside it

    def _write(self, row: PagePlan) -> None:
        # Read again: pages were added below it since.
        page: Any = Page.objects.get(pk=self.pages[row.key].pk).specific.get_latest_revision_as_object()
        is_new = row.page is None
        slug, live = page.slug, page.live
        page.title = row.title
        if not is_new and row.record["parent"] is not None:
            page.slug = _free_slug(page.get_parent(), row.record["slug"], page)
        else:
            page.slug = slug
        values = dict(row.record["fields"])
        self._settle_role(row, page, values)
        later = put_values(page, values, self.finder)
        put_children(page, row.record.get("children") or {}, self.finder)
        page.live = live
        goes_live = self.choices.publish and bool(row.record.get("live"))
        page.role_must_be_free = goes_live
        try:
            page.full_clean()
        except ValidationError as error:
            words = {"title": row.title, "reason": "".join(error.messages)}
            raise BundleError("invalid", _("「%(title)s」不能导入：%(reason)s") % words) from error
        revision = page.save_revision(user=self.user, clean=False)
        for many, keys in later:
            getattr(page, many.name).set(keys)
        if goes_live:
            revision.publish(user=self.user)
        if not is_new:
            self.outcome.updated.append(row.title)
        elif row.record["parent"] is None and self.destination.site is not None:
            site = Site.objects.get(pk=self.destination.site.pk)
            site.root_page_id = page.pk
            site.save()

    def _settle_role(self, row: PagePlan, page: Any, values: dict[str, Any]) -> None:
        """Take the role along only where it is free; a page that is here keeps what it has."""
        role = values.get("service_role")
        if not role or not isinstance(page, PortalPage):
            return
        page.service_role = role
        holder = page.role_holder()
        if holder is not None and holder.pk not in {one.pk for one in self.pages.values()}:
            values["service_role"] = ""
            words = {"title": row.title, "holder": holder.title}
            self.outcome.notes.append(_("「%(title)s」没有用途：它的用途属于「%(holder)s」。") % words)

    def _remember(self, work: list[PagePlan]) -> None:
        """Keep what each page is now, so that the next import knows what was changed here since."""
        touched = [row for row in work if row.key in self.pages]
        touched += [row for row in self.plan.rows if row.status == Status.SAME]
        known = {row.page.pk: row.key for row in touched if row.page is not None}
        known |= {self.pages[row.key].pk: row.key for row in touched}
        keys = identity.page_keys(self._inside())
        for pk, key in known.items():
            if keys.get(pk) != key or pk not in keys:
                Origin.objects.update_or_create(label=identity.PAGE_LABEL, object_pk=pk, defaults={"key": key})
        exporter = self._exporter()
        for row in touched:
            page = Page.objects.get(pk=self.pages[row.key].pk).specific.get_latest_revision_as_object()
            Origin.objects.update_or_create(
                label=identity.PAGE_LABEL,
                object_pk=page.pk,
                defaults={
                    "key": row.key,
                    "theirs": row.theirs,
                    "mine": fingerprint(exporter.page(page)),
                    "imported_at": timezone.now(),
                },
            )

    # --- beside pages --------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        site = self.destination.site
        if site is not None and self.choices.settings:
            for record in self.bundle.parts["settings.json"]:
                self.outcome.notes += site_settings.put(record, site, self.finder)
        if site is not None and self.choices.redirects:
            for record in self.bundle.parts["redirects.json"]:
                key = self.finder.key(record["page"]) if record.get("page") else None
                if key is not travel.GONE:
                    path = Redirect.normalise_path(record["old_path"])
                    facts = {"redirect_page_id": key, "redirect_link": record.get("link") or ""}
                    facts["is_permanent"] = bool(record.get("is_permanent"))
                    Redirect.objects.get_or_create(old_path=path, site=site, defaults=facts)
        if self.choices.templates:
            for record in self.bundle.parts["templates.json"]:
                self._template(record)

    def _template(self, record: Mapping[str, Any]) -> None:
        code = str(record["code"])
        if PageTemplate.objects.filter(code=code).exists():
            return
        template = PageTemplate(code=code, page_type=record["page_type"], presets=record["presets"])
        put_values(template, record["fields"], self.finder)
        from cms.library.thumbnails import draw

        template.drawing = draw(template.raw_body(), title=template.page_title, presets=template.presets)
        template.full_clean()
        template.save()


def _free_slug(parent: Page, wanted: str, page: Page | None = None) -> str:
    taken = set(parent.get_children().exclude(pk=page.pk if page is not None else None).values_list("slug", flat=True))
    numbered = (f"{wanted[:240]}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(slug for slug in numbered if slug not in taken)
