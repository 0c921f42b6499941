"""How a notice is written for patients."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from blocks import roles
from business.notices.models import Notice

Kind, Priority = Notice.Kind, Notice.Priority


def tone_of(notice: Notice) -> str:
    """Return the badge's tone: what cannot wait is red, what changes plans is amber."""
    if notice.priority == Priority.URGENT or notice.kind == Kind.STOPPED:
        return "danger"
    return "few" if notice.priority == Priority.IMPORTANT else "brand"


def address_of(notice: Notice, request: Any) -> str:
    """Return where a notice is read in full; its own address where there is no page of notices."""
    return roles.url_for("notices", request, notice=notice.ref) or notice.url


def bar_items(notices: Iterable[Notice], request: Any) -> list[dict[str, Any]]:
    """Return notices as ``themes/parts/noticebar.html`` takes them."""
    return [
        {
            "tag": notice.get_kind_display(),
            "tone": tone_of(notice),
            "text": notice.title,
            "url": address_of(notice, request),
        }
        for notice in notices
    ]


def scope_of(notice: Notice) -> str:
    """Return whose notice it is: campus, department, doctor."""
    names = (notice.campus, notice.department, notice.doctor)
    return " · ".join(str(name) for name in names if name)


def list_items(notices: Iterable[Notice], request: Any) -> list[dict[str, Any]]:
    """Return notices as ``themes/parts/card_list.html`` takes them."""
    return [
        {
            "title": notice.title,
            "text": notice.body,
            "meta": " · ".join(part for part in (scope_of(notice), day_of(notice)) if part),
            "badge": notice.get_kind_display(),
            "badge_tone": tone_of(notice),
            "url": address_of(notice, request),
        }
        for notice in notices
    ]


def day_of(notice: Notice) -> str:
    """Return the day a notice appeared."""
    day = timezone.localtime(notice.starts_at)
    return f"{day.year}年{day.month}月{day.day}日"
