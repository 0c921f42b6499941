"""Uploaded files made safe: pictures are drawn anew (nothing but their points survives), media are what they claim.

Requirements 59.1, 59.2: what is kept is at most LONGEST pixels long, without place, camera or owner, upright, in the
colours of the web. Every refusal is a sentence for staff.
"""

import io
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Literal

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

LONGEST: Final = 2560  # pixels of the longer side that are kept
MOST_PIXELS: Final = 50_000_000  # 50 million points take 200 MB to unpack
MOST_JPEG_PIXELS: Final = 170_000_000  # JPEG can be unpacked at a fraction of its size
MOST_PNG_BYTES: Final = 1_500_000  # a PNG above this is a photo and is kept as JPEG
QUALITY: Final = 86
FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF")
HEAD: Final = 4096

Animated = Literal["refuse", "still"]


class CleanPicture(ContentFile):
    """A picture that was drawn anew."""

    content_type = "image/jpeg"


def _use_heif() -> None:
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)


_use_heif()


def clean_picture(
    file: Any, *, animated: Animated = "refuse", within: tuple[int, int] = (LONGEST, LONGEST)
) -> CleanPicture:
    """Return an uploaded picture drawn anew, scaled down to ``within``, upright, without hidden data.

    ``animated``: what becomes of moving pictures, which patients' pages would show still. Raises ValidationError with
    a sentence for staff.
    """
    content = _read(file)
    name = os.path.basename(getattr(file, "name", "") or "picture")
    if _looks_like_svg(content):
        raise ValidationError(_("SVG 图片里可能藏有程序，不能上传。请另存为 PNG 或 JPG 后再传。"), code="svg")
    with _readable(name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limits here are tighter
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
        _check_size(picture)
        if animated == "refuse" and getattr(picture, "is_animated", False) and picture.format in {"GIF", "WEBP", "PNG"}:
            raise ValidationError(
                _("动图在患者手机上会变成静止的图片。要动起来请上传视频，或者另存为 JPG、PNG 后再传。"), code="animated"
            )
        source = picture.format
        picture.draft("RGB", within)
        drawn = _redrawn(picture, within)
        extension, encoded = _encoded(drawn, prefer_png=source in {"PNG", "GIF"})
    clean = CleanPicture(encoded, name=f"{os.path.splitext(name)[0] or 'picture'}.{extension}")
    clean.content_type = "image/png" if extension == "png" else "image/jpeg"
    return clean


def _read(file: Any) -> bytes:
    file.seek(0)
    content: bytes = file.read()
    file.seek(0)
    return content


def _looks_like_svg(content: bytes) -> bool:
    head = content[:HEAD].lower()
    return b"<svg" in head or b"<!doctype svg" in head


@contextmanager
def _readable(name: str) -> Iterator[None]:
    extension = os.path.splitext(name)[1].lower() or _("没有扩展名")
    try:
        yield
    except ValidationError:
        raise
    except Image.UnidentifiedImageError as error:
        raise ValidationError(
            _("这个文件不是图片（名字是 %(extension)s，内容却不是）。请用手机或截图工具重新保存后再传。")
            % {"extension": extension},
            code="no_picture",
        ) from error
    except Image.DecompressionBombError as error:
        raise ValidationError(_("图片展开后太大，不能上传。请先缩小到 8000 像素以内。"), code="bomb") from error
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError) as error:
        raise ValidationError(_("图片不完整或已损坏，打不开。请重新下载或导出后再传。"), code="broken") from error


def _check_size(picture: Image.Image) -> None:
    most = MOST_JPEG_PIXELS if picture.format == "JPEG" else MOST_PIXELS
    if picture.width * picture.height > most:
        raise ValidationError(
            _("图片太大：%(width)d × %(height)d 像素。请先缩小到 %(longest)d 像素以内再上传，手机上看不出差别。")
            % {"width": picture.width, "height": picture.height, "longest": LONGEST},
            code="too_large",
        )


def _redrawn(picture: Image.Image, within: tuple[int, int]) -> Image.Image:
    """Return the picture upright, in sRGB, scaled down, with nothing attached."""
    profile = picture.info.get("icc_profile")
    upright = ImageOps.exif_transpose(picture)
    has_alpha = upright.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in upright.info
    if upright.mode.startswith("I"):  # 16 bits of grey
        upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if upright.mode == "P":
        upright = upright.convert("RGBA" if has_alpha else "RGB")
    drawn = upright if profile and upright.mode in {"CMYK", "RGB"} else upright.convert("RGBA" if has_alpha else "RGB")
    if drawn.width > within[0] or drawn.height > within[1]:
        drawn.thumbnail(within, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if profile and not has_alpha:
        drawn = _in_srgb(drawn, profile)
    bare = drawn.convert("RGBA" if has_alpha else "RGB")
    if has_alpha and bare.getchannel("A").getextrema() == (255, 255):
        bare = bare.convert("RGB")
    bare.info.clear()
    return bare


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return the picture in the colours of the web; a profile nobody understands is ignored."""
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(picture, io.BytesIO(profile), target, outputMode="RGB")
        if converted is not None:
            return converted
    return picture


def _encoded(picture: Image.Image, *, prefer_png: bool) -> tuple[str, bytes]:
    if picture.mode == "RGBA" or prefer_png:
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", optimize=True)
        if picture.mode == "RGBA" or buffer.tell() <= MOST_PNG_BYTES:
            return "png", buffer.getvalue()
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return "jpg", buffer.getvalue()


def is_plain(file: Any) -> bool:
    """Whether a file is already what :func:`clean_picture` makes: JPEG or PNG of modest size with nothing attached."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(_read(file)), formats=("JPEG", "PNG"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    if not _ends_with_the_picture(file, picture.format or ""):
        return False
    hidden = {"exif", "icc_profile", "xmp", "comment", "XML:com.adobe.xmp", "photoshop"} & set(picture.info)
    return max(picture.size) <= LONGEST and picture.mode in {"L", "RGB", "RGBA", "P"} and not hidden


def _ends_with_the_picture(file: Any, form: str) -> bool:
    """Whether nothing hangs behind the picture: an archive or a page may be read from the end of a file."""
    content = _read(file)
    return content.endswith(b"\xff\xd9" if form == "JPEG" else b"IEND\xaeB`\x82")


def make_safe(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Hold every new file of an image to the same rules, whichever way it came (before it is saved)."""
    file: File[Any] = instance.file
    if kwargs.get("raw") or not file or getattr(file, "_committed", True):
        return
    inner = file.file
    if isinstance(inner, CleanPicture) or is_plain(inner):
        return
    instance.file = clean_picture(inner, animated="still")
    instance._set_image_file_metadata()


# --- media -----------------------------------------------------------------------------------------------------------

# What the first bytes of a file say, by extension.
_SIGNATURES: Final = {
    "mp4": ("ftyp",),
    "m4v": ("ftyp",),
    "m4a": ("ftyp",),
    "mp3": ("id3", "mpeg"),
    "wav": ("riff",),
}


def _signature(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "ftyp"
    if head[:3] == b"ID3":
        return "id3"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "riff"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # noqa: PLR2004  # an MPEG audio frame
        return "mpeg"
    return ""


def check_media(file: Any, *, most_bytes: int) -> None:
    """Raise ValidationError with a sentence unless a sound or a film is what its name says and not too large."""
    extension = os.path.splitext(file.name)[1].lower().lstrip(".")
    if extension not in _SIGNATURES:
        raise ValidationError(
            _("不支持 .%(extension)s 文件。视频请用 MP4（H.264 编码），音频请用 MP3 或 M4A，微信里才能播放。")
            % {"extension": extension},
            code="extension",
        )
    if file.size > most_bytes:
        raise ValidationError(
            _("文件有 %(size)d MB，超过 %(most)d MB。请压缩后再传，或上传到腾讯视频后用链接。")
            % {"size": file.size // 1_000_000, "most": most_bytes // 1_000_000},
            code="too_large",
        )
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if _signature(head) not in _SIGNATURES[extension]:
        raise ValidationError(
            _("这个文件的内容不是 %(extension)s。请重新导出后再传，不要直接改扩展名。")
            % {"extension": extension.upper()},
            code="no_media",
        )


# --- documents -------------------------------------------------------------------------------------------------------

_ZIPPED: Final = b"PK\x03\x04"
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DOCUMENTS: Final = {
    "pdf": b"%PDF-",
    "zip": _ZIPPED,
    **dict.fromkeys(("docx", "xlsx", "pptx"), _ZIPPED),
    **dict.fromkeys(("doc", "xls", "ppt"), _OLD_OFFICE),
}
_TEXTS: Final = frozenset({"txt", "csv", "vtt"})


def check_document(file: Any, *, allowed: Iterable[str]) -> None:
    """Raise ValidationError with a sentence unless a document is of an allowed kind and what its name says."""
    extension = os.path.splitext(file.name)[1].lower().lstrip(".")
    if extension not in set(allowed):
        raise ValidationError(_("不允许 .%(extension)s 文件。") % {"extension": extension}, code="extension")
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    if extension in _TEXTS:
        fits = b"\0" not in head and not head.lstrip()[:5].lower().startswith((b"<html", b"<!doc", b"<svg"))
    else:
        fits = head.lstrip()[:16].startswith(_DOCUMENTS.get(extension, b""))
    if not fits:
        raise ValidationError(
            _("文件的内容不是 %(extension)s。请重新导出后再传，不要直接改扩展名。") % {"extension": extension.upper()},
            code="no_document",
        )
