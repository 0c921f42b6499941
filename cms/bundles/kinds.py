"""Things that are compared before they are imported, as pages are: shared content and themes.

Other things that pages refer to (categories) are made where they are missing and stay as they are where they exist.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from cms.bundles.errors import BundleError
from cms.bundles.models import Origin
from cms.bundles.records import Finder, Namer, put_values, values_of
from cms.shared.models import SharedBlock
from cms.studio import services as studio
from cms.studio.models import Theme
from themes import packs
from themes.design.spec import BadTheme, ThemeSpec


class Kind(Protocol):
    """What is different about things of one model."""

    @property
    def model(self) -> type[models.Model]:
        """Return the model."""

    def record(self, thing: Any, namer: Namer) -> dict[str, Any]:
        """Return what travels: ``fields`` and ``live``."""

    def namesake(self, record: Mapping[str, Any]) -> models.Model | None:
        """Return the thing here that must be meant because two cannot have this name."""

    def begin(self, record: Mapping[str, Any]) -> models.Model:
        """Make an empty one, so that others can refer to it."""

    def write(self, thing: Any, record: Mapping[str, Any], finder: Finder, *, user: Any, publish: bool) -> None:
        """Give it its content: a draft, published where asked for. Raises BundleError."""


class SharedKind:
    """公用内容: what is published travels as patients see it, another as its last draft."""

    model = SharedBlock

    def record(self, thing: SharedBlock, namer: Namer) -> dict[str, Any]:
        """Return the content."""
        content = thing if thing.live else thing.get_latest_revision_as_object()
        return {"fields": values_of(content, namer), "live": thing.live}

    def namesake(self, record: Mapping[str, Any]) -> SharedBlock | None:
        """Return the one of the same name."""
        return SharedBlock.objects.filter(name=str(record["fields"].get("name", ""))).first()

    def begin(self, record: Mapping[str, Any]) -> SharedBlock:
        """Make one without blocks; patients see nothing of it."""
        shared = SharedBlock(name=str(record["fields"].get("name", ""))[:40], live=False, has_unpublished_changes=True)
        shared.full_clean(exclude=["body"])
        shared.save()
        return shared

    def write(self, thing: SharedBlock, record: Mapping[str, Any], finder: Finder, *, user: Any, publish: bool) -> None:
        """Save a new version; publish it where it was published there."""
        draft = SharedBlock.objects.get(pk=thing.pk).get_latest_revision_as_object()
        put_values(draft, record["fields"], finder)
        draft.full_clean(exclude=["body"])
        revision = draft.save_revision(user=user, clean=False)
        if publish and record.get("live"):
            revision.publish(user=user)


class ThemeKind:
    """主题: the newest published version travels; one that was never published stays behind."""

    model = Theme

    def record(self, thing: Theme, namer: Namer) -> dict[str, Any]:
        """Return name, description, pack and values."""
        version = thing.published
        fields = {name: getattr(thing, name) for name in ("name", "description", "pack")}
        return {"fields": {**fields, "spec": (version or thing).spec.as_data()}, "live": version is not None}

    def namesake(self, record: Mapping[str, Any]) -> Theme | None:
        """Return the one of the same name."""
        return Theme.objects.filter(name=str(record["fields"].get("name", ""))).first()

    def begin(self, record: Mapping[str, Any]) -> Theme:
        """Make one with the standard values."""
        theme = Theme(name=str(record["fields"].get("name", "")))
        theme.full_clean(exclude=["draft", "pack"])
        theme.save()
        return theme

    def write(self, thing: Theme, record: Mapping[str, Any], finder: Finder, *, user: Any, publish: bool) -> None:
        """Keep the values as the draft, held to what a theme may say; publish it where asked for."""
        theme, fields = Theme.objects.get(pk=thing.pk), record["fields"]
        try:
            spec = ThemeSpec.read(fields.get("spec"))
            theme.description = str(fields.get("description") or "")[:200]
            pack = str(fields.get("pack") or "")
            theme.pack = pack if pack in packs.names() else ""
            studio.save_draft(theme, spec)
            if publish and record.get("live"):
                studio.publish(theme, user=user, note=_("从门户包导入"))
        except (BadTheme, studio.Unreadable) as error:
            words = {"title": theme.name, "reason": str(error)}
            raise BundleError("invalid", _("「%(title)s」不能导入：%(reason)s") % words) from error


KINDS: dict[str, Kind] = {kind.model._meta.label_lower: kind for kind in (SharedKind(), ThemeKind())}


def kind_of(record: Mapping[str, Any]) -> Kind | None:
    """Return the kind of a record of a thing; None for one that is only made where it is missing."""
    token = str(record.get("token", ""))
    return KINDS.get(token.removeprefix("thing:").partition(":")[0])


def key_of(record: Mapping[str, Any]) -> str:
    """Return the key a thing travels under."""
    return str(record["token"]).removeprefix("thing:").partition(":")[2]


def find(kind: Kind, record: Mapping[str, Any]) -> models.Model | None:
    """Return the thing here that a record means: by its key, else by its name."""
    label = kind.model._meta.label_lower
    pks = Origin.objects.filter(label=label, key=key_of(record)).values_list("object_pk", flat=True)
    return kind.model._base_manager.filter(pk__in=list(pks)).first() or kind.namesake(record)


def here(kind: Kind, thing: models.Model, namer: Namer) -> dict[str, Any]:
    """Return a thing that is here as a record, to be compared with one of a bundle."""
    label = kind.model._meta.label_lower
    return {"type": label, "title": str(thing), **kind.record(thing, namer)}


def begin(kind: Kind, record: Mapping[str, Any]) -> models.Model:
    """Make an empty thing. Raises BundleError."""
    try:
        return kind.begin(record)
    except ValidationError as error:
        raise invalid(record, error) from error


def write(
    kind: Kind, thing: models.Model, record: Mapping[str, Any], finder: Finder, *, user: Any, publish: bool
) -> None:
    """Give a thing its content. Raises BundleError."""
    try:
        kind.write(thing, record, finder, user=user, publish=publish)
    except ValidationError as error:
        raise invalid(record, error) from error


def invalid(record: Mapping[str, Any], error: ValidationError) -> BundleError:
    """Return what refuses a thing that cannot be as it is."""
    words = {"title": record.get("title", ""), "reason": "".join(error.messages)}
    return BundleError("invalid", _("「%(title)s」不能导入：%(reason)s") % words)


def remember(record: Mapping[str, Any], thing: models.Model, **facts: Any) -> None:
    """Keep under which key a thing travels and what it was."""
    label = type(thing)._meta.label_lower
    Origin.objects.update_or_create(label=label, object_pk=thing.pk, defaults={"key": key_of(record), **facts})
