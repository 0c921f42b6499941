"""Template tags of the patient pages: icons from the sprites, money, dates and times in the words people say."""

import datetime as dt
from functools import lru_cache

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from themes.icons import ACTION_NAMES, MEDICAL_NAMES

register = template.Library()

WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """Return an SVG that uses a symbol of the sprites; silent to screen readers unless it has a label.

    An unknown name (an icon that was taken out of the set) becomes the neutral "grid" icon: pages outlive icons.
    """
    return _icon(name, css, str(label), settings.STATIC_URL)


@lru_cache(maxsize=4000)
def _icon(name: str, css: str, label: str, _static_url: str) -> SafeString:
    """Write an icon; a page has dozens, and their addresses stay the same while the process lives."""
    if name not in MEDICAL_NAMES and name not in ACTION_NAMES:
        name = "grid"
    # Medical icons are drawn finely and a page shows few: each is a file of its own.
    sprite = f"medical/{name}" if name in MEDICAL_NAMES else "actions"
    href = f"{static(f'themes/icons/{sprite}.svg')}#{name}"
    classes = f"ph-icon {css}".strip()
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', classes, label, href)
    return format_html('<svg class="{}" aria-hidden="true" focusable="false"><use href="{}"/></svg>', classes, href)


@register.filter
def yuan(fen: int | None) -> str:
    """Return an amount in fen as yuan with two decimals: 5000 → ¥50.00; nothing for None."""
    if fen is None or fen == "":
        return ""
    fen = int(fen)
    sign = "-" if fen < 0 else ""
    whole, rest = divmod(abs(fen), 100)
    return f"{sign}¥{whole:,}.{rest:02d}"


@register.filter
def yuan_short(fen: int | None) -> str:
    """Return an amount in fen without empty decimals, for lists: 5000 → ¥50, 1250 → ¥12.50."""
    return yuan(fen).removesuffix(".00")


def _as_date(value: dt.date | dt.datetime | str | None) -> dt.date | None:
    if isinstance(value, str):
        return dt.date.fromisoformat(value[:10])
    if isinstance(value, dt.datetime):
        return (timezone.localtime(value) if timezone.is_aware(value) else value).date()
    return value or None


@register.filter
def weekday(value: dt.date | dt.datetime | str | None) -> str:
    """Return the day of the week: 周一."""
    day = _as_date(value)
    return WEEKDAYS[day.weekday()] if day else ""


@register.filter
def cn_date(value: dt.date | dt.datetime | str | None) -> str:
    """Return a date as people say it: 11月23日 周一; the year is added when it is not this year's."""
    day = _as_date(value)
    if day is None:
        return ""
    year = "" if day.year == timezone.localdate().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


@register.filter
def near_date(value: dt.date | dt.datetime | str | None) -> str:
    """Return 今天, 明天, 后天 where that is what people say, else :func:`cn_date`."""
    day = _as_date(value)
    if day is None:
        return ""
    return {0: "今天", 1: "明天", 2: "后天"}.get((day - timezone.localdate()).days, cn_date(day))


def _clock(value: dt.time | dt.datetime | str | None) -> str:
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if isinstance(value, dt.time | dt.datetime):
        return f"{value.hour:02d}:{value.minute:02d}"
    return value[:5] if value else ""


@register.filter
def clock(value: dt.time | dt.datetime | str | None) -> str:
    """Return a time of day: 16:30."""
    return _clock(value)


@register.filter
def time_range(start: dt.time | dt.datetime | str | None, end: dt.time | dt.datetime | str | None = None) -> str:
    """Return a span of time: 16:30–17:00; only the start where the end is not known."""
    first, last = _clock(start), _clock(end)
    return f"{first}–{last}" if last else first


@register.filter
def iso_moment(value: dt.datetime | None) -> str:
    """Return a moment for ``data-countdown``: ISO 8601 with its offset."""
    return timezone.localtime(value).isoformat(timespec="seconds") if value else ""


@register.filter
def initial(name: str | None) -> str:
    """Return the first character of a name, for an avatar."""
    return (name or "").strip()[:1] or "?"
