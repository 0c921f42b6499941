"""A made-up hospital for previews: the same names as the live contexts, no database."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from blocks.registration.ticket import DEFAULT_NOTE, qr_svg
from themes.templatetags.portal_tags import cn_date

NOWHERE = "#"


def _day(offset: int) -> date:
    return timezone.localdate() + timedelta(days=offset)


def departments() -> dict[str, Any]:
    """Return two groups of departments."""
    return {
        "tabs": [
            {"label": "主院区", "url": NOWHERE, "is_active": True},
            {"label": "滨江院区", "url": NOWHERE, "is_active": False},
        ],
        "groups": [
            {
                "id": "sample-1",
                "name": "内科",
                "departments": [
                    {"name": "消化内科", "url": NOWHERE, "note": "胃肠、肝胆、内镜诊治", "icon": "stomach"},
                    {"name": "心血管内科", "url": NOWHERE, "note": "高血压、冠心病、心律失常", "icon": "heart-organ"},
                    {"name": "呼吸内科", "url": NOWHERE, "note": "咳喘、肺部感染", "icon": "lungs"},
                ],
            },
            {
                "id": "sample-2",
                "name": "外科",
                "departments": [
                    {"name": "骨科", "url": NOWHERE, "note": "关节、创伤、运动损伤", "icon": "joint"},
                    {"name": "泌尿外科", "url": NOWHERE, "note": "结石、前列腺疾病", "icon": "bladder"},
                ],
            },
        ],
        "search_action": NOWHERE,
        "search_fragment": "",
        "results_id": "sample-results",
        "campus_code": "",
        "plain_url": NOWHERE,
        "query": "",
        "items": [],
    }


def doctors() -> dict[str, Any]:
    """Return a day with three cards: enough, few, full."""
    words = ("余 46", "余 12", "约满", "余 58", "仅 2", "无号", "余 60")
    levels = ("free", "free", "full", "free", "few", "none", "free")

    def session(label: str, fee: int, state: str, left: int, place: str = "门诊楼 3 层 305 诊室") -> dict[str, Any]:
        url = NOWHERE if state in ("free", "few") else ""
        return {"label": label, "place": place, "fee_fen": fee, "state": state, "remaining": left, "url": url}

    def card(name: str, title: str, text: str, gender: str, *sessions: dict[str, Any]) -> dict[str, Any]:
        only = sessions[0] if len(sessions) == 1 else None
        card = {"name": name, "title": title, "text": text, "gender": gender, "sessions": sessions, "only": only}
        return {**card, "photo_url": "", "profile_url": ""}

    return {
        "department": {"name": "消化内科", "location": "门诊楼 3 层", "campus": {"name": "主院区"}},
        "departments_url": NOWHERE,
        "chosen": _day(1),
        "days": [
            {"date": _day(n), "url": NOWHERE, "hx_url": "", "note": words[n], "state": levels[n], "is_active": n == 1}
            for n in range(len(words))
        ],
        "is_range": False,
        "range_free": None,
        "opening": None,
        "more": [{"label": label, "url": NOWHERE, "hx_url": ""} for label in ("全部日期", "全部号源")],
        "chips": [
            {"label": label, "url": NOWHERE, "hx_url": "", "is_active": n == 0}
            for n, label in enumerate(("全天", "上午", "下午", "只看有号"))
        ],
        "only_doctor": "",
        "everybody_url": NOWHERE,
        "cards": [
            card(
                "陈立群",
                "主任医师",
                "擅长：胃食管反流、消化性溃疡、早癌内镜诊治",
                "male",
                session("下午", 5000, "free", 23),
            ),
            card(
                "周敏",
                "副主任医师",
                "擅长：炎症性肠病、功能性胃肠病",
                "female",
                session("上午", 3000, "few", 2),
                session("下午", 3000, "free", 11),
            ),
            card("普通门诊", "", "", "", session("上午", 1000, "full", 0, "")),
        ],
        "is_filtered": False,
        "all_url": NOWHERE,
        "next_free_url": NOWHERE,
    }


def _facts() -> list[dict[str, Any]]:
    rows = [
        ("医生", "陈立群 主任医师"),
        ("科室", "消化内科（主院区）"),
        ("就诊时间", f"{cn_date(_day(1))} 下午"),
        ("时段与序号", "16:30-17:00【23号】"),
        ("就诊地点", "门诊楼 3 层 305 诊室"),
        ("挂号费", "¥50.00"),
    ]
    return [{"label": label, "value": value, "strong": label == "时段与序号"} for label, value in rows]


def slots() -> dict[str, Any]:
    """Return an afternoon, the first half of it taken."""
    return {
        "schedule": {"code": "sample"},
        "facts": [row for row in _facts() if row["label"] != "时段与序号"],
        "stopped": False,
        "slots": [
            {
                "time": f"{14 + n // 2}:{'30' if n % 2 else '00'}-{14 + (n + 1) // 2}:{'00' if n % 2 else '30'}",
                "number": n * 3 + 2,
                "is_free": n > 2,  # noqa: PLR2004
                "is_soon": False,
                "url": NOWHERE if n > 2 else "",  # noqa: PLR2004
            }
            for n in range(8)
        ],
        "free": 5,
        "opening": None,
        "wait_url": "",
        "is_followed": False,
        "self_url": NOWHERE,
        "doctors_url": NOWHERE,
    }


def waiting() -> dict[str, Any]:
    """Return somebody who waits and somebody whose turn it is."""
    base = {
        "ref": "sample",
        "when": f"{cn_date(_day(3))} 上午",
        "doctor": "陈立群 主任医师",
        "department": "消化内科（主院区）",
        "patient": "林晓雯",
        "until": f"{cn_date(_day(3))} 07:00",
        "reason": "",
        "is_living": True,
        "expires_at": None,
        "url": "",
    }
    return {
        "join": None,
        "entries": [
            {**base, "state": "候补中", "tone": "brand", "is_waiting": True, "is_offered": False, "ahead": 2},
            {
                **base,
                "state": "已到号，待确认",
                "tone": "few",
                "is_waiting": False,
                "is_offered": True,
                "ahead": 0,
                "url": NOWHERE,
            },
        ],
        "book_url": NOWHERE,
    }


def board() -> dict[str, Any]:
    """Return two doctors' numbers, a part of them taken."""
    clinic = {
        "name": "陈立群 主任医师",
        "session": "上午",
        "fee_fen": 5000,
        "free": 3,
        "state": "few",
        "slots": [
            {"time": f"{8 + n // 2:02}:{'30' if n % 2 else '00'}", "number": n + 1, "is_soon": False, "url": NOWHERE}
            if n % 2
            else {"time": f"{8 + n // 2:02}:00", "number": n + 1, "is_soon": False, "url": ""}
            for n in range(6)
        ],
    }
    return {**{key: doctors()[key] for key in ("department", "departments_url", "days")}, "clinics": [clinic]}


def my_doctors() -> dict[str, Any]:
    """Return a doctor seen before and one followed."""
    base = {"ref": "sample", "photo_url": "", "profile_url": "", "url": NOWHERE, "department": "消化内科"}
    return {
        "doctors": [
            {
                **base,
                "name": "陈立群",
                "title": "主任医师",
                "gender": "male",
                "next": cn_date(_day(2)),
                "free": 6,
                "visited": cn_date(_day(-30)),
                "is_followed": True,
                "wants_notice": False,
            },
            {
                **base,
                "name": "周敏",
                "title": "副主任医师",
                "gender": "female",
                "next": "",
                "free": 0,
                "visited": "",
                "is_followed": True,
                "wants_notice": True,
            },
        ],
        "book_url": NOWHERE,
    }


def alternatives() -> dict[str, Any]:
    """Return another day of the same doctor and another doctor of the same day."""
    item = {"icon": "calendar", "url": NOWHERE}
    return {
        "doctor_items": [{**item, "title": f"{cn_date(_day(4))} 上午", "text": "消化内科（主院区）", "meta": "有号"}],
        "day_items": [{**item, "title": "周敏 副主任医师", "text": "余 6 号", "icon": "stethoscope"}],
    }


def confirm() -> dict[str, Any]:
    """Return a booking about to be made."""
    return {
        "slot": {"ref": "sample"},
        "facts": _facts(),
        "fee_fen": 5000,
        "hold_minutes": 15,
        "refund_rule": _("就诊前可在线退号，费用原路退回；之后请到窗口办理。"),
        "notice": "",
        "is_free": True,
        "own": None,
        "patients": [
            {
                "ref": "sample",
                "name": "林晓雯",
                "relation": "本人",
                "age": 34,
                "lines": "4201**********002X · 138****6620",
                "is_chosen": True,
            }
        ],
        "is_guest": False,
        "sign_in_url": NOWHERE,
        "add_url": NOWHERE,
        "slots_url": NOWHERE,
        "request_key": "sample",
    }


def result(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a booked visit tomorrow."""
    rows = [
        ("就诊人", "林晓雯"),
        ("时间", f"{cn_date(_day(1))} 16:30-17:00【23号】"),
        ("科室", "消化内科（主院区）"),
        ("医生", "陈立群 主任医师"),
        ("地点", "门诊楼 3 层 305 诊室"),
        ("已支付", "¥50.00 微信支付"),
    ]
    return {
        "appointment": {"ref": "sample"},
        "head": {"mark": "success", "title": value.get("booked_title"), "text": value.get("booked_text")},
        "facts": [{"label": label, "value": text} for label, text in rows],
        "ticket": {
            "svg": qr_svg("https://example.com/"),
            "number": "",
            "note": value.get("code_note") or DEFAULT_NOTE,
            "refresh_url": "",
            "refresh_seconds": 60,
        }
        if value.get("show_code")
        else None,
        "refund": None,
        "bring": value.get("bring_text") or "",
        "calendar_url": NOWHERE if value.get("show_calendar") else "",
        "move_url": NOWHERE,
        "is_held": False,
        "is_asked": False,
        "pay_url": "",
        "cancel": {"forbidden": "", "text": _("取消后号源释放，挂号费 ¥50.00 将原路退回您的付款账户。")},
        "again_url": "",
        "poll": None,
        "is_waiting": False,
        "self_url": NOWHERE,
        "mine_url": NOWHERE,
        "home_url": NOWHERE,
    }


def bookings() -> dict[str, Any]:
    """Return a booking to be paid and one to come."""
    tabs = ("待就诊", "待支付", "已就诊", "已取消")
    base = {
        "doctor": "陈立群 主任医师",
        "department": "消化内科（主院区）",
        "place": "门诊楼 3 层 305 诊室",
        "patient": "林晓雯",
        "url": NOWHERE,
        "is_past": False,
        "expires_at": None,
    }
    when = f"{cn_date(_day(1))} 16:30-17:00【23号】"
    return {
        "tabs": [{"label": label, "url": NOWHERE, "hx_url": "", "is_active": n == 0} for n, label in enumerate(tabs)],
        "items": [
            {
                **base,
                "state_label": "预约成功",
                "tone": "ok",
                "when": when,
                "actions": [{"label": _("查看二维码"), "url": NOWHERE, "primary": False}],
            },
            {
                **base,
                "state_label": "待支付",
                "tone": "few",
                "when": when,
                "actions": [{"label": _("去支付"), "url": NOWHERE, "primary": True}],
            },
        ],
        "empty_title": "",
        "book_url": NOWHERE,
    }


def next_visit() -> dict[str, Any]:
    """Return a visit tomorrow."""
    return {
        "visit": {
            "label": "明天就诊",
            "patient": "林晓雯",
            "when": f"{cn_date(_day(1))} 16:30-17:00",
            "text": "消化内科 · 陈立群 主任医师 · 门诊楼 3 层 305 诊室 · 23 号",
            "url": NOWHERE,
        },
        "is_guest": False,
        "book_url": NOWHERE,
    }
