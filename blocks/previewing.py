"""How a page is looked at before patients see it: on which day, by whom, through which entrance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from blocks.visibility import SettingsValue, campus_choices
from blocks.visitor import CAMPUS_CODE, ENTRANCES, Visitor

if TYPE_CHECKING:
    from business.patients.models import Account

# Stands for a signed-in account: an invented one, without a row, a name or a number.
SAMPLE_ACCOUNT: Final = object()


class PreviewVisitor(Visitor):
    """A visitor that staff choose; never the one whose cookies the browser happens to hold."""

    def __init__(self, request: HttpRequest, options: "PreviewOptions") -> None:
        """Forget a patient's session that the same browser may have."""
        super().__init__(request)
        request.COOKIES.pop(settings.ACCOUNT_COOKIE, None)
        self._options = options

    @property
    def account(self) -> "Account | None":
        """The invented account, or nobody's."""
        return cast("Account", SAMPLE_ACCOUNT) if self._options.signed_in else None

    @property
    def entrance(self) -> str:
        """The entrance staff chose."""
        return self._options.entrance

    @property
    def campus(self) -> str:
        """The campus staff chose, empty for none."""
        return self._options.campus


@dataclass(frozen=True)
class PreviewOptions:
    """What staff chose in the preview panel.

    ``at``: the moment the page is looked at, None for now. ``show_hidden``: blocks this visitor would not see at that
    moment are shown faded, with the reason. ``banner``: a line above the page, for a draft on somebody's phone.
    """

    at: datetime | None = None
    signed_in: bool = True
    entrance: str = "wechat"
    campus: str = ""
    show_hidden: bool = True
    banner: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """Read ``at``, ``visitor``, ``entrance``, ``campus`` and ``hidden``; what makes no sense counts as left out."""
        entrance, campus = query.get("entrance", ""), query.get("campus", "")
        return cls(
            at=_moment(query.get("at", "")),
            signed_in=query.get("visitor") != "guest",
            entrance=entrance if entrance in dict(ENTRANCES) else "wechat",
            campus=campus if CAMPUS_CODE.fullmatch(campus) else "",
            show_hidden=query.get("hidden") != "0",
        )

    @property
    def moment(self) -> datetime:
        """The moment the page is looked at."""
        return self.at or timezone.now()

    def visitor(self, request: HttpRequest) -> PreviewVisitor:
        """Return who looks."""
        return PreviewVisitor(request, self)


def _moment(text: str) -> datetime | None:
    """Return a local date and time as browsers send it (2026-11-25T08:00), None where it is none."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    try:
        return timezone.make_aware(found) if timezone.is_naive(found) else found
    except (ValueError, OverflowError):
        return None


def why_hidden(block_settings: SettingsValue, now: datetime, visitor: Visitor) -> str:
    """Return in a few words why this visitor would not see a block at ``now``; empty where it is seen."""
    start, end = block_settings.get("visible_from"), block_settings.get("visible_until")
    if end is not None and end <= now:
        return _("%(when)s 已停止显示") % {"when": _local(end)}
    if start is not None and start > now:
        return _("%(when)s 才开始显示") % {"when": _local(start)}
    if block_settings.admits(visitor):
        return ""
    audience = block_settings.get("audience", "everyone")
    if audience == "signed_in" and visitor.account is None:
        return _("只给已登录的人看")
    if audience == "guest" and visitor.account is not None:
        return _("只给未登录的人看")
    entrances = block_settings.get("entrances") or []
    if entrances and visitor.entrance not in entrances:
        return _("只在从%(entrances)s进入时显示") % {"entrances": _names(entrances, dict(ENTRANCES))}
    return _("只给%(campuses)s的人看") % {"campuses": _names(block_settings["campuses"], dict(campus_choices()))}


def _names(codes: list[str], names: Mapping[str, Any]) -> str:
    return "、".join(str(names.get(code, code)) for code in codes)


def _local(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
