"""Pictures in blocks: a few named places, each with the widths phones need, fetched for a whole page at once.

Patients get WebP in the width of their screen, old browsers JPEG or PNG (requirements 59.1, 59.2). Renditions are made
when a picture is first shown, which the editor's preview does while staff write; afterwards they are only looked up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final

from django.db.models import Model
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from wagtail.images.models import Filter

from blocks import freshness


@dataclass(frozen=True)
class Size:
    """What a place of the layout needs.

    ``shapes``: Wagtail's operations, narrow to wide, about one, two and three times the width in CSS; ``css``: that
    width, as the ``sizes`` attribute says it.
    """

    shapes: tuple[str, ...]
    css: str

    @property
    def specs(self) -> tuple[str, ...]:
        """Every rendition of the place as Wagtail names it: WebP narrow to wide."""
        return tuple(f"{shape}|format-webp" for shape in self.shapes)

    @property
    def fallback(self) -> str:
        """The rendition for browsers without WebP, in the picture's own format."""
        return self.shapes[len(self.shapes) // 2]


COLUMN: Final = "(min-width: 768px) 616px, calc(100vw - 24px)"
SIZES: Final[dict[str, Size]] = {
    # 9:4 over the width of the page; wider on a desktop's home page
    "banner": Size(("fill-390x173", "fill-750x333", "fill-1125x500"), "(min-width: 768px) 856px, calc(100vw - 24px)"),
    "figure": Size(("width-390", "width-750", "width-1125"), COLUMN),  # keeps its shape
    "half": Size(("fill-180x135", "fill-360x270", "fill-540x405"), "(min-width: 768px) 302px, calc(50vw - 18px)"),
    "tile": Size(("fill-180x180", "fill-360x360"), "(min-width: 768px) 190px, calc(33vw - 22px)"),
    "card": Size(("fill-108x78", "fill-216x156", "fill-324x234"), "108px"),
    "portrait": Size(("fill-160x203", "fill-240x304"), "80px"),
    "square": Size(("fill-96x96", "fill-192x192"), "64px"),
    "large": Size(("max-1600x1600",), "100vw"),  # looked at on its own
}
_ALL_SPECS: Final = tuple({spec for size in SIZES.values() for spec in (*size.specs, size.fallback)})


def prefetch_renditions(images: Iterable[Any]) -> None:
    """Find the existing renditions of every named size of the images: one query however many they are."""
    # By identity: one picture used twice is two objects, each with its own alternative text.
    by_identity: dict[int, Model] = {
        id(image): image for image in images if image is not None and not hasattr(image, "portal_renditions")
    }
    missing = list(by_identity.values())
    if not missing:
        return
    model = type(missing[0]).get_rendition_model()  # type: ignore[attr-defined]
    found = freshness.many("renditions", [image.pk for image in missing], lambda pks: _renditions(model, pks))
    for image in missing:
        image.portal_renditions = found[image.pk]  # type: ignore[attr-defined]
        # Wagtail shall make what is not among them, not look into a cache that may know files long gone.
        image.prefetched_renditions = []  # type: ignore[attr-defined]


def _renditions(model: Any, image_pks: list[Any]) -> dict[Any, dict[tuple[str, str], dict[str, Any]]]:
    names = [field.attname for field in model._meta.concrete_fields if field.attname != "image_id"]
    found: dict[Any, dict[tuple[str, str], dict[str, Any]]] = {pk: {} for pk in image_pks}
    rows = model.objects.filter(image_id__in=image_pks, filter_spec__in=_ALL_SPECS)
    for image_pk, *values in rows.values_list("image_id", *names):
        rendition = dict(zip(names, values, strict=True))
        found[image_pk][rendition["filter_spec"], rendition["focal_point_key"]] = rendition
    return found


def url_of(image: Any, size: str) -> str:
    """Return the address of an image at the widest of a named size; empty where there is none or its file is gone."""
    rendition = rendition_of(image, size)
    return rendition.url if rendition is not None else ""


def plain_url_of(image: Any, size: str) -> str:
    """Return the address of an image in its own format, for programs that may not know WebP; empty without one."""
    rendition = _rendition(image, SIZES[size].fallback) if image is not None else None
    return rendition.url if rendition is not None else ""


def rendition_of(image: Any, size: str) -> Any | None:
    """Return the widest rendition of an image in a named size, None where its file is gone or cannot be read."""
    return _rendition(image, SIZES[size].specs[-1]) if image is not None else None


def _rendition(image: Any, spec: str) -> Any | None:
    key = _focal_key(
        spec,
        image.focal_point_x,
        image.focal_point_y,
        image.focal_point_width,
        image.focal_point_height,
    )
    if found := getattr(image, "portal_renditions", {}).get((spec, key)):
        return image.get_rendition_model()(**found, image=image)
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


def picture_html(
    image: Any, size: str, *, alt: str | None = None, css: str = "", lazy: bool = True, first: bool = False
) -> SafeString:
    """Return an image at a named place as ``<picture>``; the alternative text is the block's own unless given.

    ``first``: the picture people wait for; it is fetched at once and before everything else. Empty where there is no
    picture or its file is gone.
    """
    if not image:
        return SafeString("")
    place = SIZES[size]
    fallback = _rendition(image, place.fallback)
    made = [rendition for spec in place.specs if (rendition := _rendition(image, spec)) is not None]
    if fallback is None or not made:
        return SafeString("")
    if alt is None:
        alt = getattr(image, "contextual_alt_text", None) or ""
    widths = {rendition.width: rendition.url for rendition in made}  # a small picture has fewer
    widest = made[-1]
    return format_html(
        '<picture><source type="image/webp" srcset="{}" sizes="{}">'
        '<img src="{}" width="{}" height="{}" alt="{}"{} decoding="async"{}></picture>',
        format_html_join(", ", "{} {}w", ((url, width) for width, url in sorted(widths.items()))),
        place.css,
        fallback.url,
        widest.width,
        widest.height,
        alt,
        format_html(' class="{}"', css) if css else "",
        SafeString(' fetchpriority="high"') if first else SafeString(' loading="lazy"') if lazy else "",
    )


def drawn(name: str, width: int, height: int, alt: str = "", css: str = "") -> SafeString:
    """Return a drawn example picture, for previews of blocks without pictures yet."""
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}"{}>',
        static(f"blocks/preview/{name}.svg"),
        width,
        height,
        alt,
        format_html(' class="{}"', css) if css else "",
    )
