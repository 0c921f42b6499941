"""The page templates that come with the product, and how they get into the database."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from wagtail.images import get_image_model

from blocks.base import complete
from blocks.registry import block_classes
from cms.library.models import PageTemplate
from cms.library.thumbnails import draw
from themes.pictures import banner_png, cover_png

Body = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Shipped:
    """A template as code; ``body`` names blocks by their stored name, what it leaves out is the block's default."""

    code: str
    name: str
    description: str
    category: str
    body: Callable[[], Body]
    page_type: str = ""
    page_title: str = ""
    presets: dict[str, Any] = field(default_factory=dict)

    def raw_body(self) -> list[dict[str, Any]]:
        """Return the blocks as they are stored; ids follow from the code, so that loading again changes nothing."""
        found = []
        for number, (kind, value) in enumerate(self.body()):
            block = block_classes()[kind]()
            raw = block.get_prep_value(complete(block, value))
            key = hashlib.sha256(f"{self.code}:{number}".encode()).hexdigest()
            identity = f"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:32]}"
            found.append({"type": kind, "value": raw, "id": identity})
        return found

    def fingerprint(self, raw: list[dict[str, Any]]) -> str:
        """Return what tells one edition of this template from the next."""
        facts = [self.name, self.description, self.category, self.page_type, self.page_title, self.presets]
        # Lists inside blocks get new ids each time they are made.
        text = json.dumps([facts, _without_ids(raw)], sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def banner(kind: str, alt: str) -> Any:
    """Return a drawn banner of the picture library, with its alternative text."""
    return _picture(f"模板横图 {alt}", f"template-{kind}", lambda: banner_png(kind), alt)


def cover(seed: int, alt: str) -> Any:
    """Return a drawn article cover of the picture library; an empty text marks decoration."""
    return _picture(f"模板配图 {seed}", f"template-cover-{seed}", lambda: cover_png(seed), alt)


def _picture(title: str, name: str, make: Callable[[], bytes], alt: str) -> Any:
    model = get_image_model()
    image = model.objects.filter(title=title).first()
    if image is None:
        image = model.objects.create(title=title, file=ContentFile(make(), name=f"{name}.png"))
    image.contextual_alt_text, image.decorative = alt, not alt
    return image


def entrance(icon: str, label: str, tone: str, role: str = "", url: str = "") -> dict[str, Any]:
    """Return an entrance of the icon grid."""
    return {"icon": icon, "label": label, "tone": tone, "link": {"role": role, "url": url}}


def _without_ids(raw: Any) -> Any:
    if isinstance(raw, dict):
        return {name: _without_ids(value) for name, value in raw.items() if name != "id"}
    return [_without_ids(item) for item in raw] if isinstance(raw, list) else raw


def all_shipped() -> list[Shipped]:
    """Return the templates in the order of the gallery."""
    from cms.library.shipped import guides, homes, introductions, news, services

    return [*homes.TEMPLATES, *introductions.TEMPLATES, *news.TEMPLATES, *guides.TEMPLATES, *services.TEMPLATES]


@transaction.atomic
def load(*, restore: bool = False) -> int:
    """Bring the shipped templates into the database; return how many are new or of a newer edition.

    Running it again changes nothing. What staff changed or deleted stays as they left it, unless ``restore``.
    """
    touched = 0
    known = {template.code: template for template in PageTemplate.objects.exclude(shipped_as="")}
    for number, shipped in enumerate(all_shipped(), 1):
        template = known.get(shipped.code)
        if template is not None and not restore and (template.is_removed or _is_changed(template)):
            continue
        raw = shipped.raw_body()
        edition = shipped.fingerprint(raw)
        if template is not None and template.shipped_as == edition and not restore:
            continue
        template = template or PageTemplate(code=shipped.code, sort=number * 10)
        for name in ("name", "description", "category", "page_type", "page_title", "presets"):
            setattr(template, name, getattr(shipped, name))
        template.body = raw  # type: ignore[assignment]  # a StreamField takes raw data
        template.drawing = draw(raw, title=shipped.page_title or shipped.name, presets=shipped.presets)
        template.shipped_as, template.is_removed = edition, False
        template.save()
        touched += 1
    return touched


def _is_changed(template: PageTemplate) -> bool:
    """Tell whether staff changed a shipped template since it was loaded."""
    as_it_is = Shipped(
        template.code,
        template.name,
        template.description,
        template.category,
        list,
        template.page_type,
        template.page_title,
        template.presets,
    )
    return as_it_is.fingerprint(template.raw_body()) != template.shipped_as
