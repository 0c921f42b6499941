"""Pictures of pasted articles: fetched or taken from the clipboard, re-encoded, kept in the media library once."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageOps
from wagtail.images import get_image_model
from wagtail.models import Collection

from business.integration import download
from business.integration.outcomes import NotSent, OutsideError, Refused

COLLECTION = "文章配图"
WIDEST = 1600  # pixels
MOST_SIDE = 12_000
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
QUALITY = 85


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
    name, encoded = encode(content)
    digest = hashlib.sha1(encoded, usedforsecurity=False).hexdigest()  # what Wagtail compares files by
    model = get_image_model()
    found = model.objects.filter(file_hash=digest).order_by("pk").first()
    if found is not None:
        return found
    image = model(title=f"{_('文章配图')} {digest[:8]}", uploaded_by_user=user, collection=_collection())
    image.file = ContentFile(encoded, name=f"pasted-{digest[:12]}.{name}")
    image._set_image_file_metadata()
    image.save()
    return image


def _collection() -> Collection:
    root = Collection.get_first_root_node()
    found = root.get_children().filter(name=COLLECTION).first()
    return found or root.add_child(name=COLLECTION)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except PictureRefused:
        raise
    except (OSError, ValueError, SyntaxError, MemoryError, Pillow.DecompressionBombError) as error:
        raise PictureRefused(_("这不是可以使用的图片，或者文件已损坏。")) from error


def encode(content: bytes) -> tuple[str, bytes]:
    """Return extension and bytes of a picture drawn anew: nothing but its points survives. Raises PictureRefused."""
    if b"<svg" in content[:1000].lower():
        raise PictureRefused(_("SVG 图形不能带过来，请换成 PNG 或 JPG。"))
    with _readable():
        picture = Pillow.open(io.BytesIO(content), formats=FORMATS)
        if max(picture.size) > MOST_SIDE or picture.width * picture.height > MOST_PIXELS:
            size = {"width": picture.width, "height": picture.height}
            raise PictureRefused(_("图片太大：%(width)d × %(height)d 点。") % size)
        upright = ImageOps.exif_transpose(picture)
        has_alpha = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
        drawn = upright.convert("RGBA" if has_alpha else "RGB")
        if drawn.width > WIDEST:
            drawn = drawn.resize((WIDEST, max(1, round(drawn.height * WIDEST / drawn.width))))
        buffer = io.BytesIO()
        if has_alpha:
            drawn.save(buffer, "PNG", optimize=True)
            return "png", buffer.getvalue()
        drawn.save(buffer, "JPEG", quality=QUALITY, optimize=True)
        return "jpg", buffer.getvalue()
