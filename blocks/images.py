"""Pictures in blocks: a few named sizes, each for plain and for dense screens, fetched for a whole page at once."""

from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Model, Prefetch, prefetch_related_objects

# Phones have dense screens: each size is two to three times what CSS makes of it, as WebP.
SIZES: Final[dict[str, str]] = {
    "banner": "fill-1125x500|format-webp",  # 9:4
    "card": "fill-324x234|format-webp",
    "figure": "width-1125|format-webp",  # keeps its shape
    "portrait": "fill-240x304|format-webp",
    "square": "fill-192x192|format-webp",
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
