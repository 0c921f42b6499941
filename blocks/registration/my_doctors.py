"""我的医生: whom one follows or has been to, with the next free day of each (26.1)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, Again, GoTo
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in
from blocks.profiles import profiles_for_doctors
from blocks.registration import samples
from business.registration import finding
from business.registration.services import follows
from business.security.errors import NotFoundError
from themes.templatetags.portal_tags import cn_date


def _home(asked: ActionRequest) -> str:
    return asked.page.get_url(asked.request) or "/"


def follow(asked: ActionRequest) -> ActionResult:
    """Follow, or no longer."""
    assert asked.account is not None  # noqa: S101  # the block needs an account
    ref = asked.data.get("doctor", "")
    if asked.data.get("follow") != "1":
        follows.unfollow(account=asked.account, doctor_ref=ref)
        return GoTo(_home(asked))
    try:
        follows.follow(account=asked.account, doctor_ref=ref)
    except NotFoundError as error:
        return Again({"form_error": error.sentence})
    return GoTo(_home(asked))


def notify(asked: ActionRequest) -> ActionResult:
    """Ask to be told of numbers, or no longer."""
    assert asked.account is not None  # noqa: S101
    try:
        follows.set_notice(
            account=asked.account,
            doctor_ref=asked.data.get("doctor", ""),
            wants_notice=asked.data.get("wants") == "1",
        )
    except NotFoundError as error:
        return Again({"form_error": error.sentence})
    return GoTo(_home(asked))


class MyDoctorsBlock(PortalBlock):
    """One card a doctor: where there are numbers next, book again, be told, follow."""

    delivery = "island"
    serves = "registration.my_doctors"
    links_to = ("registration.doctors", "registration.departments")
    needs_account = True
    actions = {"follow": follow, "notify": notify}
    skeleton = "doctor"

    button_text = blocks.CharBlock(label=_("预约按钮"), default=_("再次预约"), max_length=12, required=False)
    empty_title = blocks.CharBlock(
        label=_("没有医生时的标题"), default=_("还没有关注的医生"), max_length=20, required=False
    )
    empty_text = blocks.CharBlock(
        label=_("没有医生时的说明"),
        default=_("在选择时段的页面可以关注医生，看过的医生也会列在这里。"),
        max_length=60,
        required=False,
    )

    class Meta:
        label = _("我的医生")
        icon = "user"
        group = GROUP_REGISTRATION
        description = _("关注和看过的医生，最近哪天有号，可再次预约、有号时通知。")
        template = "blocks/registration/my_doctors.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the doctors; a constant number of SQL statements."""
        request, account = context.get("request"), account_in(context)
        mine = finding.my_doctors(account) if account else []
        photos = profiles_for_doctors(one.doctor.pk for one in mine)
        return {
            "doctors": [self._card(one, photos, request) for one in mine],
            "book_url": roles.url_for("registration.departments", request) or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return two made-up doctors."""
        return samples.my_doctors()

    @staticmethod
    def _card(one: finding.MyDoctor, photos: Mapping[int, Any], request: Any) -> dict[str, Any]:
        doctor, soonest = one.doctor, one.next
        profile = photos.get(doctor.pk)
        department = next(iter(doctor.departments.all()), None)
        department_ref = soonest.department_ref if soonest else department.ref if department else ""
        return {
            "ref": doctor.ref,
            "name": doctor.name,
            "title": doctor.title,
            "gender": doctor.gender,
            "photo_url": profile.photo_url if profile else "",
            "profile_url": profile.page_url if profile else "",
            "department": department.name if department else "",
            "next": cn_date(soonest.date) if soonest else "",
            "free": soonest.free if soonest else 0,
            "visited": cn_date(one.last_visit) if one.last_visit else "",
            "is_followed": one.follow is not None,
            "wants_notice": bool(one.follow and one.follow.wants_notice),
            "url": roles.url_for(
                "registration.doctors",
                request,
                department=department_ref,
                doctor=doctor.ref,
                date=soonest.date if soonest else None,
            )
            or "",
        }
