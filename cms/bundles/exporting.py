"""Writing a portal, or a part of one, into a bundle."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from cms.bundles import archive, identity, site_settings
from cms.bundles.kinds import KINDS, Kind, here
from cms.bundles.records import BY_CODE, OWN_APPS, children_of, values_of
from cms.library import travel
from cms.library.models import PageTemplate


class Exporter:
    """Collects pages and everything they refer to; ``with_files=False`` only names things, to compare them."""

    def __init__(self, *, with_files: bool = True) -> None:
        self.with_files = with_files
        self.keys = identity.page_keys()
        self.files: dict[str, dict[str, Any]] = {}
        self.holders: dict[str, Any] = {}
        self.things: dict[str, dict[str, Any]] = {}
        self.names: dict[str, str] = {}
        self.lost: list[str] = []
        self._tokens: dict[tuple[Any, str, str], Any] = {}

    # --- tokens --------------------------------------------------------------------------------------------------

    def token(self, model: type[models.Model], by: str, key: Any) -> Any:
        """Return the token of what is referred to; GONE where it does not exist or must not travel."""
        asked = (model, by, str(key))
        if asked not in self._tokens:
            self._tokens[asked] = self._token(model, by, key)
        return self._tokens[asked]

    def _token(self, model: type[models.Model], by: str, key: Any) -> Any:
        if issubclass(model, Page):
            page_key = self.keys.get(int(key)) if str(key).isdigit() else None
            return f"page:{page_key}" if page_key else travel.GONE
        thing = model._base_manager.filter(**{by: key}).first()
        if thing is None:
            return travel.GONE
        if kind := identity.file_kind(model):
            return self._file(kind, thing)
        label = model._meta.label_lower
        if model._meta.app_label in BY_CODE and hasattr(thing, "code"):
            token = f"code:{label}:{thing.code}"
            self.names[token] = str(thing)
            return token
        if (compared := KINDS.get(label)) is not None:
            return self._compared(compared, thing)
        return self._thing(thing) if model._meta.app_label in OWN_APPS else travel.GONE

    def _compared(self, kind: Kind, thing: models.Model) -> str:
        token = f"thing:{type(thing)._meta.label_lower}:{identity.thing_key(thing)}"
        if token not in self.things and self.with_files:
            self.things[token] = {}  # it may refer to itself through a page
            record = {"token": token, **here(kind, thing, self)}
            del self.things[token]
            self.things[token] = record
        return token

    def name_thing(self, thing: models.Model, token: str) -> None:
        """Let a thing go by the token it has in a bundle."""
        self._tokens[type(thing), travel.PRIMARY_KEY, str(thing.pk)] = token

    def _file(self, kind: str, thing: Any) -> Any:
        sha = identity.sha256_of(thing)
        if not sha:
            self.lost.append(_("「%(title)s」的文件已经不在服务器上，没有导出。") % {"title": thing.title})
            return travel.GONE
        if sha not in self.files and self.with_files:
            extension = PurePosixPath(thing.file.name).suffix.lstrip(".").lower()[:5] or "bin"
            facts = {"description", "focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height"}
            facts |= {"type", "duration", "width", "height"} if kind == "media" else set()
            entry = {"sha256": sha, "kind": kind, "title": thing.title, "extension": extension}
            entry["sha1"] = getattr(thing, "file_hash", "") or ""
            self.files[sha] = entry | {name: getattr(thing, name) for name in sorted(facts) if hasattr(thing, name)}
            self.holders[sha] = thing
        return f"file:{sha}"

    def _thing(self, thing: models.Model) -> str:
        label = type(thing)._meta.label_lower
        token = f"thing:{label}:{identity.thing_key(thing)}"
        if token not in self.things:
            self.things[token] = {}  # it may refer to itself
            record = {"token": token, "type": label, "title": str(thing), "fields": values_of(thing, self)}
            # What it refers to itself was noted first.
            del self.things[token]
            self.things[token] = record
        return token

    # --- records -------------------------------------------------------------------------------------------------

    def page(self, page: Page) -> dict[str, Any]:
        """Return a page as a record, without its place."""
        return {
            "key": self.keys[page.pk],
            "type": type(page)._meta.label_lower,
            "title": page.title,
            "slug": page.slug,
            "live": page.live,
            "fields": values_of(page, self),
            "children": children_of(page, self),
        }

    def pages(self, root: Page) -> list[dict[str, Any]]:
        """Return a page and all below it, parents first: what is live as it is live, the others as last drafted."""
        found: list[dict[str, Any]] = []
        by_path: dict[str, str] = {}
        for page in root.get_descendants(inclusive=True).order_by("path").specific():
            if page.alias_of_id:
                continue
            content = page if page.live else page.get_latest_revision_as_object()
            parent = by_path.get(page.path[: -page.steplen])
            if parent is None and page.path != root.path:
                continue  # below an alias
            by_path[page.path] = self.keys[page.pk]
            found.append({**self.page(content), "parent": parent, "live": page.live})
        return found

    def settings(self, site: Site) -> list[dict[str, Any]]:
        """Return the settings of a site: name, tab bar, themes and when they are worn, the account's menu."""
        return site_settings.records(site, self)

    def redirects(self, site: Site, root: Page) -> list[dict[str, Any]]:
        """Return the redirects of a site that lead to an address or to a page of the bundle."""
        inside = set(root.get_descendants(inclusive=True).values_list("pk", flat=True))
        return [
            {
                "old_path": row.old_path,
                "is_permanent": row.is_permanent,
                "link": row.redirect_link,
                "page": self.token(Page, "pk", row.redirect_page_id) if row.redirect_page_id else None,
            }
            for row in Redirect.objects.filter(site=site).order_by("old_path")
            if row.redirect_page_id in inside or (row.redirect_link and row.redirect_page_id is None)
        ]

    def templates(self) -> list[dict[str, Any]]:
        """Return the page templates that staff made; those of the product are everywhere."""
        found = []
        for template in PageTemplate.objects.filter(is_removed=False, shipped_as=""):
            fields = values_of(template, self)
            more = {"page_type": template.page_type, "presets": template.presets, "drawing": template.drawing}
            found.append({"code": template.code, "fields": fields, **more})
        return found


def export(
    root: Page, target: IO[bytes], *, exporter: str, with_templates: bool = False, with_redirects: bool = False
) -> dict[str, Any]:
    """Write ``root`` and everything below it as a bundle; return what the manifest says of it.

    The root page of a site travels as a whole portal, with the site's settings; any other page as a part of one.
    Nothing of patients, payments or staff is in it: only pages, what pages refer to, and settings of the site.
    """
    work = Exporter()
    site = Site.objects.filter(root_page_id=root.pk).first()
    parts: dict[str, Any] = {"pages.json": work.pages(root)}
    if site is not None:
        parts["settings.json"] = work.settings(site)
        parts["redirects.json"] = work.redirects(site, root) if with_redirects else []
    parts["templates.json"] = work.templates() if with_templates else []
    parts["things.json"] = list(work.things.values())
    parts["files.json"] = list(work.files.values())
    facts = {
        "kind": "portal" if site is not None else "subtree",
        "title": (site.site_name if site is not None else "") or root.title,
        "exporter": exporter,
        "exported_at": timezone.now().isoformat(),
        "counts": {
            "pages": len(parts["pages.json"]),
            "types": dict(Counter(page["type"] for page in parts["pages.json"])),
            "files": len(work.files),
            "things": len(work.things),
            "templates": len(parts["templates.json"]),
        },
        "names": work.names,
        "lost": work.lost,
    }
    archive.write(target, parts, _files(work), facts)
    return facts


def _files(work: Exporter) -> Iterator[tuple[str, bytes]]:
    for sha, entry in work.files.items():
        with work.holders[sha].file.open("rb") as file:
            yield f"files/{sha}.{entry['extension']}", file.read()


def model_of(label: str) -> type[models.Model] | None:
    """Return the model of a label; None where this version has no such thing."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None
