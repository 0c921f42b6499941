"""Files and things of a bundle: stored under what is in them before the transaction, made rows inside it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext as _
from wagtail.images import get_image_model

from blocks import uploads
from cms.bundles import identity
from cms.bundles.archive import Bundle
from cms.bundles.errors import BundleError
from cms.bundles.exporting import model_of
from cms.bundles.kinds import KINDS
from cms.bundles.models import Origin
from cms.bundles.records import OWN_APPS, fields_of, put_values
from cms.library import travel


class Files:
    """The files of a bundle, at this installation."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.known: dict[str, int] = {}
        self.stored: dict[str, str] = {}
        self._find()

    def _find(self) -> None:
        models_of = identity.file_models()
        for kind, model in models_of.items():
            wanted = {sha: entry for sha, entry in self.bundle.files.items() if entry.get("kind") == kind}
            arrived = Origin.objects.filter(label=model._meta.label_lower, key__in=wanted)
            there = set(model.objects.filter(pk__in=arrived.values("object_pk")).values_list("pk", flat=True))
            self.known.update({row.key: row.object_pk for row in arrived if row.object_pk in there})
            alike = {entry["sha1"]: sha for sha, entry in wanted.items() if entry.get("sha1")}
            if hasattr(model, "file_hash"):
                same = model.objects.filter(file_hash__in=alike)
            else:
                same = model.objects.filter(title__in={entry.get("title", "") for entry in wanted.values()})
            for thing in same.order_by("-pk"):
                if (sha := identity.sha256_of(thing)) in wanted:
                    self.known[sha] = thing.pk

    def store(self) -> None:
        """Store the files that are not here yet. Raises BundleError for one that is not what it says."""
        for sha, entry in self.bundle.files.items():
            if sha in self.known:
                continue
            extension, data = _safe(entry, self.bundle.data(entry))
            name = f"bundles/{sha[:2]}/{sha}.{extension}"
            if not default_storage.exists(name):
                self.stored[sha] = default_storage.save(name, ContentFile(data))
            else:
                self.stored[sha] = name

    def discard(self) -> None:
        """Remove what was stored for nothing."""
        for name in self.stored.values():
            if not any(model.objects.filter(file=name).exists() for model in identity.file_models().values()):
                default_storage.delete(name)

    def make_rows(self, user: Any) -> None:
        """Make an image, document or media row for each stored file."""
        for sha, name in self.stored.items():
            entry = self.bundle.files[sha]
            model: Any = identity.file_models()[entry["kind"]]
            thing = model(title=str(entry.get("title") or sha)[:255], file=name)
            for fact in ("description", "type", "duration", "width", "height"):
                if fact in entry and hasattr(model, fact) and fact not in {"width", "height"}:
                    setattr(thing, fact, entry[fact])
            for fact in ("focal_point_x", "focal_point_y", "focal_point_width", "focal_point_height"):
                if isinstance(entry.get(fact), int) and issubclass(model, get_image_model()):
                    setattr(thing, fact, entry[fact])
            thing.uploaded_by_user = user
            if hasattr(thing, "file_size"):
                thing.file_size = thing.file.size
            if hasattr(thing, "_set_file_hash"):
                thing._set_file_hash()
            thing.save()
            Origin.objects.update_or_create(label=model._meta.label_lower, object_pk=thing.pk, defaults={"key": sha})
            self.known[sha] = thing.pk


def _safe(entry: Mapping[str, Any], data: bytes) -> tuple[str, bytes]:
    """Return extension and content as they are kept: held to the same rules as an upload, whoever wrote the bundle.

    A picture that is just what our own upload makes is kept as it is, so that it keeps its hash on every journey;
    any other is drawn anew. Raises BundleError with the reason.
    """
    title, extension = str(entry.get("title", ""))[:40], str(entry["extension"])
    file = ContentFile(data, name=f"{entry['sha256']}.{extension}")
    try:
        if entry.get("kind") == "image":
            if extension in {"jpg", "jpeg", "png"} and uploads.is_plain(file):
                return extension, data
            clean = uploads.clean_picture(file, animated="still")
            return str(clean.name).rsplit(".", 1)[-1], clean.read()
        if entry.get("kind") == "media":
            uploads.check_media(file, most_bytes=settings.MEDIA_MAX_BYTES)
            return extension, data
        if entry.get("kind") == "document":
            uploads.check_document(file, allowed=settings.WAGTAILDOCS_EXTENSIONS)
            return extension, data
    except ValidationError as error:
        words = {"title": title, "reason": "".join(error.messages)}
        raise BundleError("bad_file", _("不能导入「%(title)s」：%(reason)s") % words) from error
    words = {"title": title, "ext": extension}
    raise BundleError("bad_file", _("不能导入「%(title)s」：不允许 .%(ext)s 文件。") % words)


class Finder:
    """Knows what each token stands for here; ``codes`` is what staff chose for codes that HIS here does not know."""

    def __init__(self, files: Mapping[str, int], codes: Mapping[str, str]) -> None:
        self.files, self.codes = files, codes
        self.pages: dict[str, int] = {}
        self.things: dict[str, Any] = {}
        self._looked_up: dict[str, Any] = {}

    def key(self, token: str) -> Any:
        """Return the primary key behind a token; GONE where there is none."""
        kind, _colon, rest = str(token).partition(":")
        if kind == "page":
            return self.pages.get(rest, travel.GONE)
        if kind == "file":
            return self.files.get(rest, travel.GONE)
        if kind == "thing":
            return self.things.get(token, travel.GONE)
        if kind == "code":
            if token not in self._looked_up:
                self._looked_up[token] = self._by_code(rest)
            return self._looked_up[token]
        return travel.GONE

    def _by_code(self, rest: str) -> Any:
        label, _colon, code = rest.partition(":")
        model = model_of(label)
        if model is None or not hasattr(model, "code"):
            return travel.GONE
        code = self.codes.get(f"code:{rest}", code)
        pk = model._base_manager.filter(code=code).values_list("pk", flat=True).first() if code else None
        return travel.GONE if pk is None else pk

    def code(self, label: str, by: str, code: Any) -> Any:
        """Return the code that stands for ``code`` here; GONE where nothing does."""
        model = model_of(label)
        asked = f"{label}:{by}:{code}"
        if asked not in self._looked_up:
            chosen = self.codes.get(f"code:{label}:{code}", code)
            there = model is not None and chosen and model._base_manager.filter(**{by: chosen}).exists()
            self._looked_up[asked] = chosen if there else travel.GONE
        return self._looked_up[asked]


def make_things(bundle: Bundle, finder: Finder) -> None:
    """Make or find the categories and the like that pages refer to; those here stay as they are."""
    for record in bundle.parts["things.json"]:
        token = str(record.get("token", ""))
        label, _colon, key = token.removeprefix("thing:").partition(":")
        model = model_of(label)
        if model is None or model._meta.app_label not in OWN_APPS or label in KINDS:
            continue
        found = _existing(model, label, key)
        if found is None:
            found = _make(model, record, key, finder)
            Origin.objects.update_or_create(label=label, object_pk=found.pk, defaults={"key": key})
        finder.things[token] = found.pk


def _existing(model: type[models.Model], label: str, key: str) -> models.Model | None:
    if name := identity.natural_field(model):
        return model._base_manager.filter(**{name: key}).first()
    pks = Origin.objects.filter(label=label, key=key).values_list("object_pk", flat=True)
    return model._base_manager.filter(pk__in=list(pks)).first()


def _make(model: type[models.Model], record: Mapping[str, Any], key: str, finder: Finder) -> models.Model:
    thing = model()
    if name := identity.natural_field(model):
        setattr(thing, name, key)
    later = put_values(thing, record.get("fields") or {}, finder)
    try:
        thing.full_clean(exclude=[one.name for one in fields_of(model) if one.is_relation])
        thing.save()
    except ValidationError as error:
        words = {"title": record.get("title", key), "reason": "".join(error.messages)}
        raise BundleError("invalid", _("「%(title)s」不能导入：%(reason)s") % words) from error
    for field, keys in later:
        getattr(thing, field.name).set(keys)
    return thing
