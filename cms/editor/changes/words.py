"""A value of a field as staff would say it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, Final

from django.db.models import Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail import blocks
from wagtail.admin.compare import TextDiff, diff_text
from wagtail.images.models import AbstractImage
from wagtail.rich_text import RichText
from wagtail.utils.text import text_from_html

# Longer texts are compared in the previews: finding out what changed would take a worker for seconds.
MOST_COMPARED: Final = 20_000
MOST_SHOWN: Final = 1_000
THUMBNAIL: Final = "max-160x90"

EMPTY_VALUES: Final[tuple[Any, ...]] = (None, "", [], ())


def _choices(choices: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _choices(label)
        else:
            yield str(value), label


def text_of(block: blocks.Block, value: Any) -> str:
    """Return a value in words; empty where nothing is filled in."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value in EMPTY_VALUES:
        return ""
    if isinstance(block, blocks.field_block.BaseChoiceBlock):
        known = dict(_choices(block.field.choices))
        values = value if isinstance(value, list | tuple | set) else [value]
        return "、".join(str(known.get(str(one), one)) for one in values)
    if isinstance(value, RichText):
        return text_from_html(value.source)
    return plain(value)


def plain(value: Any) -> str:
    """Return a value that needs no block to be understood."""
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value) if timezone.is_aware(value) else value, "Y年n月j日 H:i")
    if isinstance(value, date):
        return date_format(value, "Y年n月j日")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}……"


def html_of(block: blocks.Block, value: Any) -> SafeString:
    """Return a value for the list of changes: pictures as pictures, all else as words."""
    if isinstance(value, AbstractImage):
        return _picture(value)
    return format_html("{}", _shortened(text_of(block, value)))


def _picture(image: AbstractImage) -> SafeString:
    try:
        found = image.get_rendition(THUMBNAIL)
    except Exception:  # the file is gone or cannot be read: its name still says which it was
        return format_html("{}", image.title)
    return format_html('<img src="{}" alt="" class="portal-change-picture"> {}', found.url, image.title)


def difference(block: blocks.Block, before: Any, after: Any) -> SafeString:
    """Return what changed: deletions and additions inside texts, else one value beside the other."""
    if isinstance(before, Model) or isinstance(after, Model):
        return format_html(
            '<span class="deletion">{}</span> <span class="addition">{}</span>',
            html_of(block, before) if before not in EMPTY_VALUES else _("（空）"),
            html_of(block, after) if after not in EMPTY_VALUES else _("（空）"),
        )
    old, new = text_of(block, before), text_of(block, after)
    if old == new:
        return format_html("{}", _("文字没有变，样式或链接变了"))
    if len(old) + len(new) > MOST_COMPARED:
        return format_html("{}", _("内容很长，已有改动，请看预览。"))
    if not isinstance(block, blocks.CharBlock | blocks.TextBlock | blocks.RichTextBlock):
        return TextDiff([("deletion", old or _("（空）")), ("addition", new or _("（空）"))], separator=" ").to_html()
    return diff_text(old, new).to_html()


def is_empty(value: Any) -> bool:
    """Whether nothing is filled in."""
    return value in EMPTY_VALUES or value is False or (isinstance(value, RichText) and not value.source)
