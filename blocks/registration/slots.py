"""选择时段: the numbered slots of one clinic."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.actions import ActionRequest, ActionResult, GoTo, requires_sign_in
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import account_in, here, parameters
from blocks.registration import samples, words
from business.registration import queries
from business.registration.models import DoctorFollow, Schedule
from business.registration.release import Releases, next_opening
from business.registration.services import follows
from business.security.errors import NotFoundError


@requires_sign_in
def follow(asked: ActionRequest) -> ActionResult:
    """Follow the clinic's doctor, or no longer; back to the same clinic."""
    assert asked.account is not None  # noqa: S101  # requires_sign_in
    doctor_ref = asked.data.get("doctor", "")
    if asked.data.get("follow") == "1":
        with suppress(NotFoundError):  # the doctor is gone: the page itself tells
            follows.follow(account=asked.account, doctor_ref=doctor_ref)
    else:
        follows.unfollow(account=asked.account, doctor_ref=doctor_ref)
    schedule = asked.data.get("schedule", "")
    return GoTo(roles.with_query(asked.page.get_url(asked.request) or "/", schedule=schedule))


class SlotListBlock(PortalBlock):
    """What the clinic is, and its slots in order; taken ones stay visible."""

    delivery = "island"
    serves = "registration.slots"
    links_to = ("registration.confirm", "registration.doctors", "registration.waiting")
    actions = {"follow": follow}
    skeleton = "grid"

    title = blocks.CharBlock(label=_("标题"), default=_("选择就诊时段"), max_length=20, required=False)
    notice = blocks.CharBlock(
        label=_("提示"),
        default=_("请按所选时段到院，提前 15 分钟签到。"),
        max_length=120,
        required=False,
    )
    full_text = blocks.CharBlock(
        label=_("约满时的说明"), default=_("可以换一个日期或其他医生。"), max_length=60, required=False
    )

    class Meta:
        label = _("号源列表")
        icon = "time"
        group = GROUP_REGISTRATION
        description = _("一个门诊的全部时段与序号，约满的时段灰色显示，点时段去确认预约。")
        template = "blocks/registration/slots.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return facts and slots: 5 SQL (roles, schedule, rules, slots, following) however many slots there are."""
        request, ref = context.get("request"), parameters(context).get("schedule", "")
        if not ref:
            return {"schedule": None, "departments_url": roles.url_for("registration.departments", request) or ""}
        schedule = queries.get_schedule(ref)
        stopped = schedule.state == Schedule.State.STOPPED
        views = [] if stopped else queries.slots_of(schedule)
        now, free = timezone.now(), sum(view.is_free for view in views)
        coming = next_opening(schedule, Releases().of_schedule(schedule), now) if not stopped else None
        account = account_in(context)
        is_followed = bool(
            account
            and schedule.doctor
            and DoctorFollow.objects.filter(account=account, doctor=schedule.doctor).exists()
        )
        return {
            "schedule": schedule,
            "facts": words.schedule_facts(schedule),
            "stopped": stopped,
            "slots": [
                {
                    "time": view.time_range,
                    "number": view.slot.number,
                    "is_free": view.is_free,
                    "is_soon": view.opens_at is not None,
                    "url": (roles.url_for("registration.confirm", request, slot=view.slot.ref) or "")
                    if view.is_free
                    else "",
                }
                for view in views
            ],
            "free": free,
            "opening": words.opening(coming, now),
            "wait_url": roles.url_for("registration.waiting", request, schedule=schedule.ref) or ""
            if not free and coming is None and not schedule.stopped_from
            else "",
            "is_followed": is_followed,
            "self_url": here(context),
            "doctors_url": roles.url_for(
                "registration.doctors", request, department=schedule.department.ref, date=schedule.date
            )
            or "",
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return an afternoon of a made-up doctor."""
        return samples.slots()
