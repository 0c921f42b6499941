"""Pictures in blocks: a few named sizes, each for plain and for dense screens, fetched for a whole page at once."""

from collections.abc import Iterable
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

from django.db.models import Model
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.images.models import Filter

from blocks import freshness

# Phones have dense screens: each size is two to three times what CSS makes of it, as WebP.
SIZES: Final[dict[str, str]] = {
    "banner": "fill-1125x500|format-webp",  # 9:4
    "card": "fill-324x234|format-webp",
    "figure": "width-1125|format-webp",  # keeps its shape
    "portrait": "fill-240x304|format-webp",
    "square": "fill-192x192|format-webp",
    "half": "fill-540x405|format-webp",  # 4:3
    "tile": "fill-360x360|format-webp",
    "large": "max-1600x1600|format-webp",
}


def prefetch_renditions(images: Iterable[Any]) -> None:
    """Attach the existing renditions of every named size to the images: one query however many they are."""
    # By identity: one picture used twice is two objects, each with its own alternative text.
    by_identity: dict[int, Model] = {
        id(image): image for image in images if image is not None and not hasattr(image, "prefetched_renditions")
    }
    missing = list(by_identity.values())
    if not missing:
        return
    model = type(missing[0]).get_rendition_model()  # type: ignore[attr-defined]
    found = freshness.many("renditions", [image.pk for image in missing], lambda pks: _renditions(model, pks))
    for image in missing:
        image.prefetched_renditions = [  # type: ignore[attr-defined]
            model(**values, image=image) for values in found[image.pk]
        ]


def _renditions(model: Any, image_pks: list[Any]) -> dict[Any, list[dict[str, Any]]]:
    names = [field.attname for field in model._meta.concrete_fields if field.attname != "image_id"]
    found: dict[Any, list[dict[str, Any]]] = {pk: [] for pk in image_pks}
    rows = model.objects.filter(image_id__in=image_pks, filter_spec__in=SIZES.values())
    for image_pk, *values in rows.values_list("image_id", *names):
        found[image_pk].append(dict(zip(names, values, strict=True)))
    return found


def url_of(image: Any, size: str) -> str:
    """Return the address of an image in a named size; empty where there is none or its file is gone."""
    rendition = rendition_of(image, size)
    return rendition.url if rendition is not None else ""


def rendition_of(image: Any, size: str) -> Any | None:
    """Return the rendition of an image in a named size, None where its file is gone or cannot be read."""
    if image is None:
        return None
    spec = SIZES[size]
    key = _focal_key(
        spec,
        image.focal_point_x,
        image.focal_point_y,
        image.focal_point_width,
        image.focal_point_height,
    )
    for rendition in getattr(image, "prefetched_renditions", ()):
        if rendition.filter_spec == spec and rendition.focal_point_key == key:
            return rendition
    try:
        rendition = image.get_rendition(spec)
    except (OSError, ValueError):
        return None
    # Just made, or not asked for with the others.
    freshness.drop("renditions", image.pk)
    return rendition


@lru_cache(maxsize=4000)
def _focal_key(spec: str, x: int | None, y: int | None, width: int | None, height: int | None) -> str:
    """Return the key by which Wagtail tells renditions of one size from those before the focal point was moved."""
    focal = {"focal_point_x": x, "focal_point_y": y, "focal_point_width": width, "focal_point_height": height}
    return str(Filter(spec=spec).get_cache_key(SimpleNamespace(**focal)))


def picture_html(image: Any, size: str, *, alt: str | None = None, css: str = "", lazy: bool = True) -> SafeString:
    """Return an image in a named size as HTML; the alternative text is the block's own unless given.

    Empty where there is no picture or its file is gone.
    """
    rendition = rendition_of(image or None, size)
    if rendition is None:
        return SafeString("")
    if alt is None:
        alt = getattr(image, "contextual_alt_text", None) or ""
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}" class="{}" decoding="async"{}>',
        rendition.url,
        rendition.width,
        rendition.height,
        alt,
        css,
        SafeString(' loading="lazy"') if lazy else "",
    )


def drawn(name: str, width: int, height: int, alt: str = "") -> SafeString:
    """Return a drawn example picture, for previews of blocks without pictures yet."""
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}">', static(f"blocks/preview/{name}.svg"), width, height, alt
    )
