"""选择医生: who sees patients of a department on a day, with what is left."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blocks import roles
from blocks.base import GROUP_REGISTRATION, PortalBlock
from blocks.patients.here import fragment, here, parameters
from blocks.profiles import profiles_for_doctors
from blocks.registration import samples, words
from business.hospital import queries as hospital
from business.registration import finding, queries
from business.registration.models import Schedule
from business.security.errors import NotFoundError

SESSIONS = [("", _("全天")), *Schedule.Session.choices]
WORDS = {"few": _("仅 {n}"), "free": _("余 {n}"), "full": _("约满"), "none": _("无号"), "soon": _("待放号")}
RANGE = "range"  # ?date=range: all the days together instead of one


def day_word(day: queries.ClinicDay) -> str:
    """Return 余 12, 仅 2, 约满 or 无号 (21.2: a word beside the colour)."""
    return str(WORDS[day.level]).format(n=day.free)


def chosen_day(days: list[queries.ClinicDay], wanted: str) -> date:
    """Return the wanted day if it can be booked, else the first with free numbers, else today."""
    for day in days:
        if day.date.isoformat() == wanted:
            return day.date
    return next((day.date for day in days if day.free), days[0].date)


class DoctorListBlock(PortalBlock):
    """Dates, filters, and the doctors of the chosen day."""

    delivery = "island"
    serves = "registration.doctors"
    links_to = ("registration.slots", "registration.departments", "registration.waiting", "registration.board")
    skeleton = "doctor"

    show_department = blocks.BooleanBlock(label=_("显示科室名称和位置"), default=True, required=False)
    show_filters = blocks.BooleanBlock(label=_("显示上午/下午和只看有号"), default=True, required=False)
    show_fee = blocks.BooleanBlock(label=_("显示挂号费"), default=True, required=False)
    show_range = blocks.BooleanBlock(label=_("显示「全部日期」和「全部号源」"), default=True, required=False)
    button_text = blocks.CharBlock(label=_("按钮文字"), default=_("选择时段"), max_length=12, required=False)
    empty_title = blocks.CharBlock(
        label=_("当天没有医生时的标题"), default=_("这一天没有可以预约的医生"), max_length=40, required=False
    )
    empty_text = blocks.CharBlock(
        label=_("当天没有医生时的说明"), default=_("请换一个日期，或选择其他科室。"), max_length=60, required=False
    )

    class Meta:
        label = _("医生列表")
        icon = "group"
        group = GROUP_REGISTRATION
        description = _("按日期列出科室的医生、挂号费和余号，点按钮选择时段。")
        template = "blocks/registration/doctors.html"

    def live(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return days, filters and cards: 7 SQL however many doctors there are (with pages that lend photos)."""
        request, asked = context.get("request"), parameters(context)
        departments_url = roles.url_for("registration.departments", request) or ""
        if not asked.get("department"):
            return {"department": None, "departments_url": departments_url}
        try:
            department = hospital.get_department(asked["department"])
        except NotFoundError as error:
            return {"department": None, "departments_url": departments_url, "problem": error.sentence}
        only_doctor = asked.get("doctor", "")
        the_doctor = _doctor(only_doctor)
        days = queries.clinic_days(department, doctor_ref=only_doctor)
        is_range = asked.get("date") == RANGE
        chosen = chosen_day(days, "" if is_range else asked.get("date", ""))
        if is_range:
            everybody = finding.doctors_between(department, days[0].date, days[-1].date)
        else:
            everybody = queries.doctors_on(department, chosen)
        session = asked.get("session", "") if asked.get("session", "") in Schedule.Session.values else ""
        only_free = asked.get("free") == "1"
        titles = list(dict.fromkeys(day.doctor.title for day in everybody if day.doctor and day.doctor.title))
        title = asked.get("title", "") if asked.get("title", "") in titles else ""
        shown = _filtered(everybody, session=session, only_free=only_free, doctor_ref=only_doctor, title=title)
        opening = next((day.opens_at for day in days if day.date == chosen and not is_range), None)
        photos = profiles_for_doctors(day.doctor.pk for day, _clinics in shown if day.doctor)
        return {
            "department": department,
            "departments_url": departments_url,
            "chosen": chosen,
            "days": [
                {
                    "date": day.date,
                    "url": here(context, date=day.date),
                    "hx_url": fragment(context, date=day.date),
                    "note": day_word(day),
                    "state": day.level,
                    "is_active": day.date == chosen and not is_range,
                }
                for day in days
            ],
            "is_range": is_range,
            "range_free": sum(day.free for day, _clinics in shown) if is_range else None,
            "opening": words.opening(opening, timezone.now()),
            "more": self._more(context, department, chosen, is_range) if value.get("show_range") else [],
            "chips": [
                *self._chips(context, session=session, only_free=only_free, days=everybody),
                *_title_chips(context, titles, title),
            ],
            "only_doctor": the_doctor,
            "everybody_url": here(context, doctor=None, date=None),
            "cards": [self._card(day, clinics, photos, value, request, dated=is_range) for day, clinics in shown],
            "is_filtered": bool(session or only_free or only_doctor or title) and bool(everybody),
            "all_url": here(context, session=None, free=None, doctor=None, title=None),
            "next_free_url": next(
                (here(context, date=d.date, session=None, free=None) for d in days if d.free and d.date != chosen), ""
            ),
        }

    def sample(self, value: Any, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a day of a made-up department."""
        return samples.doctors()

    @staticmethod
    def _chips(
        context: Mapping[str, Any], *, session: str, only_free: bool, days: list[queries.DoctorDay]
    ) -> list[dict[str, Any]]:
        present = {clinic.schedule.session for day in days for clinic in day.clinics}
        # Evenings are rare: a filter that would always be empty only confuses.
        offered = [s for s in SESSIONS if s[0] in ("", "morning", "afternoon", session) or s[0] in present]
        chips = [
            {
                "label": label,
                "url": here(context, session=code or None),
                "hx_url": fragment(context, session=code or None),
                "is_active": code == session,
            }
            for code, label in offered
        ]
        switched = None if only_free else "1"
        chips.append(
            {
                "label": _("只看有号"),
                "url": here(context, free=switched),
                "hx_url": fragment(context, free=switched),
                "is_active": only_free,
            }
        )
        return chips

    @staticmethod
    def _more(context: Mapping[str, Any], department: Any, chosen: date, is_range: bool) -> list[dict[str, Any]]:
        """Return the ways to other views of the same department: all days together, every number of a day."""
        request = context.get("request")
        ways = [
            {
                "label": _("按日期看") if is_range else _("全部日期"),
                "url": here(context, date=None if is_range else RANGE),
                "hx_url": fragment(context, date=None if is_range else RANGE),
            }
        ]
        board = roles.url_for("registration.board", request, department=department.ref, date=chosen)
        return [*ways, {"label": _("全部号源"), "url": board, "hx_url": ""}] if board else ways

    @staticmethod
    def _card(
        day: queries.DoctorDay,
        clinics: list[queries.Clinic],
        photos: Mapping[int, Any],
        value: Any,
        request: Any,
        *,
        dated: bool = False,
    ) -> dict[str, Any]:
        doctor = day.doctor
        profile = photos.get(doctor.pk) if doctor else None
        sessions = [
            {
                "label": words.session_line(clinic.schedule) if dated else clinic.schedule.get_session_display(),
                "place": clinic.schedule.place,
                "fee_fen": clinic.schedule.fee_fen if value.get("show_fee") else None,
                "state": "waiting" if clinic.level == "soon" else clinic.level,
                "remaining": clinic.free,
                "opening": words.opening(clinic.opens_at, timezone.now()) if not clinic.free else None,
                "wait_url": _wait_url(clinic, request),
                "url": (roles.url_for("registration.slots", request, schedule=clinic.schedule.ref) or "")
                if clinic.level in ("free", "few")
                else "",
            }
            for clinic in clinics
        ]
        return {
            "name": day.name,
            "title": doctor.title if doctor else "",
            "text": _specialty(doctor.specialty) if doctor else "",
            "gender": doctor.gender if doctor else "",
            "photo_url": profile.photo_url if profile else "",
            "profile_url": profile.page_url if profile else "",
            "sessions": sessions,
            "only": sessions[0] if len(sessions) == 1 else None,
        }


def _wait_url(clinic: queries.Clinic, request: Any) -> str:
    """Return where a patient joins the line of a full clinic; nothing where more numbers come out later."""
    if clinic.level != "full" or clinic.opens_at or clinic.schedule.stopped_from:
        return ""
    return roles.url_for("registration.waiting", request, schedule=clinic.schedule.ref) or ""


def _title_chips(context: Mapping[str, Any], titles: list[str], chosen: str) -> list[dict[str, Any]]:
    if len(titles) < 2:  # noqa: PLR2004  # one title is no choice
        return []
    return [
        {
            "label": title,
            "url": here(context, title=None if title == chosen else title),
            "hx_url": fragment(context, title=None if title == chosen else title),
            "is_active": title == chosen,
        }
        for title in titles
    ]


def _doctor(ref: str) -> str:
    """Return what to call the one doctor that is asked for; empty where all are."""
    if not ref:
        return ""
    try:
        return hospital.get_doctor(ref).name
    except NotFoundError:
        return _now("指定的医生")


def _specialty(text: str) -> str:
    word = _now("擅长")
    return f"{word}：{text.removeprefix(word).lstrip('：:')}" if text else ""


def _filtered(
    days: list[queries.DoctorDay], *, session: str, only_free: bool, doctor_ref: str, title: str = ""
) -> list[tuple[queries.DoctorDay, list[queries.Clinic]]]:
    shown = []
    for day in days:
        if doctor_ref and (day.doctor is None or day.doctor.ref != doctor_ref):
            continue
        if title and (day.doctor is None or day.doctor.title != title):
            continue
        clinics = [
            clinic
            for clinic in day.clinics
            if (not session or clinic.schedule.session == session)
            and (not only_free or clinic.level in ("free", "few"))
        ]
        if clinics:
            shown.append((day, clinics))
    return shown
