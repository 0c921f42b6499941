"""Pictures in blocks: a few named sizes, each for plain and for dense screens, fetched for a whole page at once."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Model, Prefetch, prefetch_related_objects
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    model = type(missing[0])
    renditions = model.get_rendition_model().objects.filter(filter_spec__in=SIZES.values())  # type: ignore[attr-defined]
    prefetch_related_objects(missing, Prefetch("renditions", queryset=renditions, to_attr="prefetched_renditions"))


def url_of(image: Any, size: str) -> str:
    """Return the address of an image in a named size; empty where there is none or its file is gone."""
    rendition = rendition_of(image, size)
    return rendition.url if rendition is not None else ""


def rendition_of(image: Any, size: str) -> Any | None:
    """Return the rendition of an image in a named size, None where its file is gone or cannot be read."""
    if image is None:
        return None
    try:
        return image.get_rendition(SIZES[size])
    except (OSError, ValueError):
        return None


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
