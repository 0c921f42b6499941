"""Pictures of pasted articles: fetched or taken from the clipboard, re-encoded, kept in the media library once."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from wagtail.images import get_image_model
from wagtail.models import Collection

from blocks import uploads
from business.integration import download
from business.integration.outcomes import NotSent, OutsideError, Refused

COLLECTION = "文章配图"
# Pixels: articles live on long pictures, which are no longer read when they are made narrow.
WITHIN = (1600, 12_000)


class PictureRefused(Exception):
    """A picture that cannot come along; the text is a sentence for staff."""


def fetch(source: str, user: Any = None) -> Any:
    """Return the image that stands at a web address, kept in the media library; raise PictureRefused."""
    try:
        content = download.fetch_file(source)
    except Refused as refusal:
        if refusal.code == download.NOT_LISTED:
            raise PictureRefused(_("图片所在的网站不在允许的名单里，请另存后上传。")) from refusal
        raise PictureRefused(_("图片所在的网站没有给这张图（%(code)s）。") % {"code": refusal.code}) from refusal
    except NotSent as error:
        raise PictureRefused(_("连不上图片所在的网站。")) from error
    except OutsideError as error:
        raise PictureRefused(_("图片下载太慢或太大（最多 10 MB）。")) from error
    return keep(content, user)


def keep(content: bytes, user: Any = None) -> Any:
    """Return the image with this content; the same picture is kept once. Raises PictureRefused."""
    try:
        clean = uploads.clean_picture(ContentFile(content, name="pasted"), animated="still", within=WITHIN)
    except ValidationError as error:
        # Nobody gave a pasted picture a name to speak of.
        unreadable = error.code in {"no_picture", "broken"}
        said = _("这不是可以使用的图片，或者文件已损坏。") if unreadable else "".join(error.messages)
        raise PictureRefused(said) from error
    encoded = clean.read()
    digest = hashlib.sha1(encoded, usedforsecurity=False).hexdigest()  # what Wagtail compares files by
    model = get_image_model()
    found = model.objects.filter(file_hash=digest).order_by("pk").first()
    if found is not None:
        return found
    image = model(title=f"{_('文章配图')} {digest[:8]}", uploaded_by_user=user, collection=_collection())
    clean.name = f"pasted-{digest[:12]}.{clean.name.rsplit('.', 1)[-1]}"
    image.file = clean
    image._set_image_file_metadata()
    image.save()
    return image


def _collection() -> Collection:
    root = Collection.get_first_root_node()
    found = root.get_children().filter(name=COLLECTION).first()
    return found or root.add_child(name=COLLECTION)
