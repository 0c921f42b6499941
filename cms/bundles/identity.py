"""Under which name each thing travels: pages by a stable key, files by what is in them, the rest by its own code."""

import hashlib
from typing import Any, Final

from django.core.cache import cache
from django.db import models
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Page
from wagtailmedia.models import get_media_model

from cms.bundles.models import Origin, new_key

NATURAL: Final = ("slug", "code", "key", "uuid")
PAGE_LABEL: Final = Page._meta.label_lower
CACHE_SECONDS: Final = 7 * 24 * 3600


def file_models() -> dict[str, type[models.Model]]:
    """Return the models of files by what a bundle calls them."""
    return {"image": get_image_model(), "document": get_document_model(), "media": get_media_model()}


def file_kind(model: type[models.Model]) -> str:
    """Return what a bundle calls the files of a model; empty where it holds none."""
    return next((kind for kind, one in file_models().items() if issubclass(model, one)), "")


def natural_field(model: type[models.Model]) -> str:
    """Return the unique field that a thing is known by; empty where it has none."""
    for name in NATURAL:
        field = next((one for one in model._meta.concrete_fields if one.name == name), None)
        if field is not None and field.unique:
            return name
    return ""


def page_keys(pks: Any = None) -> dict[int, str]:
    """Return the keys of pages (all of them unless told which): that of a bundle they came in, else Wagtail's own."""
    pages, origins = Page.objects.all(), Origin.objects.filter(label=PAGE_LABEL)
    if pks is not None:
        pages, origins = pages.filter(pk__in=pks), origins.filter(object_pk__in=pks)
    found = {pk: str(key) for pk, key in pages.values_list("pk", "translation_key")}
    return found | dict(origins.values_list("object_pk", "key"))


def thing_key(thing: models.Model) -> str:
    """Return the key of a thing beside pages; one without a code of its own is given a key that stays."""
    name = natural_field(type(thing))
    if name:
        return str(getattr(thing, name))
    label = type(thing)._meta.label_lower
    return Origin.objects.get_or_create(label=label, object_pk=thing.pk, defaults={"key": new_key()})[0].key


def sha256_of(thing: Any) -> str:
    """Return the hash of a file's content; empty where the file is gone. Remembered, for files do not change."""
    remembered = f"bundle-sha256:{thing._meta.label_lower}:{thing.pk}:{thing.file.name}"
    if found := cache.get(remembered):
        return str(found)
    try:
        with thing.file.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""
    cache.set(remembered, found, CACHE_SECONDS)
    return str(found)
