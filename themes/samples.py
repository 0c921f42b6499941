"""Sample data for the style guide: invented people, one context for each sample page."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.safestring import mark_safe

from themes.icons import ACTION_ICONS, MEDICAL_ICONS

PAGES: Final[tuple[str, ...]] = (
    "home",
    "departments",
    "doctors",
    "slots",
    "confirm",
    "checkout",
    "result",
    "bookings",
    "patients",
)

TITLES: Final[dict[str, str]] = {
    "": "样式手册",
    "home": "江城示范医院",
    "departments": "选择科室",
    "doctors": "消化内科 · 选择医生",
    "slots": "选择时段",
    "confirm": "确认预约",
    "checkout": "支付挂号费",
    "result": "预约成功",
    "bookings": "我的预约",
    "patients": "添加就诊人",
}

ROOT: Final = "/-/styleguide/"
PICTURE: Final = f"{ROOT}picture/"


class PatientForm(forms.Form):
    """A form as the patient pages show it: one field wrong, one with help, one optional."""

    name = forms.CharField(label="姓名")
    id_number = forms.CharField(label="身份证号", help_text="用于实名建档，仅医院可见")
    phone = forms.CharField(label="手机号", help_text="接收就诊提醒，可填家属手机")
    relation = forms.ChoiceField(label="与本人关系", choices=[("self", "本人"), ("child", "子女"), ("parent", "父母")])
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_id_number(self) -> str:
        """Refuse a number of the wrong length, to show an error at its field."""
        number = self.cleaned_data["id_number"]
        if len(number) != 18:  # noqa: PLR2004
            raise forms.ValidationError("身份证号应为 18 位，您输入了 %(count)s 位", params={"count": len(number)})
        return number


def _shell(name: str, *, care: bool, mode: str) -> dict[str, Any]:
    tabs = [
        ("首页", "home", "home"),
        ("挂号", "calendar-plus", "departments"),
        ("消息", "message", "bookings"),
        ("我的", "user", "patients"),
    ]
    with_tabs = name in {"", "home", "departments", "bookings"}
    return {
        "hospital_name": "江城示范医院",
        "subtitle": "主院区 · 三级甲等综合医院",
        "logo_url": None,
        "tabs": [
            {"label": label, "icon": icon, "url": f"{ROOT}{page}/", "is_active": page == name}
            for label, icon, page in tabs
        ]
        if with_tabs
        else [],
        "footer_text": "江城市江北区健康大道 1 号",
        "hotline": "027-8888 0000",
        "icp": "鄂ICP备00000000号-1",
        "show_title_bar": True,
        "back_url": ROOT,
        "hero": name == "home",
        "search_url": f"{ROOT}departments/",
        "search_placeholder": "搜索科室、医生、疾病（支持拼音首字母）",
        "care": care,
        "mode": mode,
        "path": f"{ROOT}{name}/" if name else ROOT,
    }


def _days(today: dt.date) -> list[dict[str, Any]]:
    notes = ["今天", "余 46", "余 12", "约满", "仅剩 3", "余 60", "余 38", "未放号"]
    states = ["", "free", "free", "full", "few", "free", "free", "full"]
    return [
        {
            "date": today + dt.timedelta(days=n),
            "url": f"?date={today + dt.timedelta(days=n)}",
            "note": notes[n],
            "state": states[n],
            "is_active": n == 1,
        }
        for n in range(8)
    ]


def _services() -> list[dict[str, Any]]:
    rows = [
        ("预约挂号", "calendar-plus", "teal", ""),
        ("门诊缴费", "receipt", "green", "2"),
        ("检查检验", "clipboard-plus", "blue", ""),
        ("候诊排队", "queue", "amber", ""),
        ("住院服务", "bed", "violet", ""),
        ("智能导诊", "triage", "red", ""),
        ("院内导航", "map", "teal", ""),
        ("全部服务", "grid", "slate", ""),
    ]
    return [
        {"label": label, "icon": icon, "tone": tone, "badge": badge, "url": f"{ROOT}departments/"}
        for label, icon, tone, badge in rows
    ]


def _doctors() -> list[dict[str, Any]]:
    rows = [
        (2, "陈立群", "主任医师", "擅长：胃食管反流、消化性溃疡、早癌内镜诊治", 5000, "free", 23),
        (5, "周敏", "副主任医师", "擅长：炎症性肠病、功能性胃肠病", 3000, "few", 2),
        (
            8,
            "许文涛",
            "主治医师",
            "擅长：幽门螺杆菌感染、慢性胃炎、消化道早癌筛查与随访、内镜下息肉切除",
            2000,
            "free",
            21,
        ),
        (11, "何静怡", "主任医师", "擅长：肝硬化、脂肪肝、自身免疫性肝病", 5000, "full", 0),
    ]
    return [
        {
            "name": name,
            "title": title,
            "text": text,
            "fee_fen": fee,
            "state": state,
            "remaining": left,
            "photo_url": f"{PICTURE}portrait/{seed}.png",
            "action_url": f"{ROOT}slots/" if left else "",
        }
        for seed, name, title, text, fee, state, left in rows
    ]


def _departments() -> list[dict[str, Any]]:
    tree = {
        "内科": [
            ("心血管内科", "heart-organ", "主院区 · 门诊楼 3 层"),
            ("呼吸与危重症医学科", "lungs", "主院区 · 门诊楼 2 层"),
            ("消化内科", "stomach", "主院区 · 门诊楼 3 层"),
            ("肾内科", "kidneys", "主院区 · 门诊楼 4 层"),
            ("神经内科", "brain", "主院区 · 门诊楼 4 层"),
            ("内分泌科", "thyroid", "东湖院区 · 2 层"),
        ],
        "外科": [("普通外科", "surgery", "主院区"), ("骨科", "joint", "主院区"), ("泌尿外科", "bladder", "主院区")],
        "妇产科": [("妇科", "uterus", "东湖院区"), ("产科", "pregnant", "东湖院区")],
        "儿科": [("儿内科", "baby", "东湖院区"), ("儿童保健", "child-care", "东湖院区")],
        "五官": [("眼科", "eye-organ", "主院区"), ("耳鼻喉科", "ear", "主院区"), ("口腔科", "tooth", "主院区")],
        "皮肤": [("皮肤科", "skin", "主院区")],
        "中医": [("中医科", "mortar", "主院区"), ("康复科", "rehabilitation", "主院区")],
    }
    return [
        {
            "id": f"group-{n}",
            "name": group,
            "departments": [
                {"name": name, "icon": icon, "note": note, "url": f"{ROOT}doctors/"} for name, icon, note in rows
            ],
        }
        for n, (group, rows) in enumerate(tree.items())
    ]


def _qr() -> str:
    """Return a pattern that only looks like a QR code; it must not scan."""
    cells = [(x, y) for x in range(25) for y in range(25) if (x * x * 7 + y * y * 3 + x * y * 5) % 9 < 4]  # noqa: PLR2004
    marks = [(0, 0), (18, 0), (0, 18)]
    inside = [c for c in cells if not any(mx - 1 <= c[0] < mx + 8 and my - 1 <= c[1] < my + 8 for mx, my in marks)]
    dots = "".join(f"M{x} {y}h1v1h-1z" for x, y in inside)
    eyes = "".join(f"M{x} {y}h7v7h-7zm1 1v5h5v-5zm1 1h3v3h-3z" for x, y in marks)
    return mark_safe(  # noqa: S308
        f'<svg viewBox="0 0 25 25" shape-rendering="crispEdges"><path fill-rule="evenodd" d="{dots}{eyes}"/></svg>'
    )


def context(name: str = "", *, care: bool = False, mode: str = "") -> dict[str, Any]:
    """Return everything the style guide or one sample page needs; ``name`` is one of PAGES or empty."""
    now = timezone.localtime()
    when = "11月23日 周一 16:30–17:00"
    return {
        "page_title": TITLES[name],
        "shell": _shell(name, care=care, mode=mode),
        "pages": [(f"{ROOT}{page}/", TITLES[page]) for page in PAGES],
        "patient": {"name": "林晓雯", "relation": "本人", "age": 34, "lines": "就诊卡 0000 **** 3187"},
        "patient_id": {"name": "林晓雯", "relation": "本人", "age": 34, "lines": "4201**********002X · 138****6620"},
        "patients": [
            {
                "name": "林晓雯",
                "relation": "本人",
                "age": 34,
                "lines": "就诊卡 0000 **** 3187",
                "url": "#",
                "is_current": True,
            },
            {"name": "林建国", "relation": "父亲", "age": 66, "lines": "就诊卡 0000 **** 5520", "url": "#"},
        ],
        "services": _services(),
        "notices": [
            {"tag": "停诊", "tone": "danger", "text": "骨科 赵启明医生 11月24日上午停诊", "url": "#"},
            {"tag": "通知", "tone": "brand", "text": "流感疫苗接种门诊周末照常开放，可在线预约", "url": "#"},
        ],
        "slides": [
            {"image_url": f"{PICTURE}{kind}/1.png", "alt": "", "title": title, "text": text, "url": "#"}
            for kind, title, text in (
                ("hospital", "用心守护健康", "门诊预约全天开放"),
                ("vaccine", "流感疫苗接种", "成人与儿童均可预约"),
                ("maternity", "孕产与儿童门诊", "从备孕到成长，一路相伴"),
                ("tcm", "冬令膏方门诊", "一人一方，辨证调养"),
            )
        ],
        "articles": [
            {
                "title": "入冬后胃痛反复？消化科医生讲清三种不能拖的情况",
                "meta": "消化内科 · 3 分钟读完",
                "image_url": f"{PICTURE}cover/1.png",
                "url": "#",
            },
            {
                "title": "孩子反复咳嗽，什么时候该来医院",
                "meta": "儿科 · 2 分钟读完",
                "image_url": f"{PICTURE}cover/2.png",
                "url": "#",
            },
            {
                "title": "血压晨起偏高，先别急着加药",
                "meta": "心血管内科 · 4 分钟读完",
                "image_url": f"{PICTURE}cover/3.png",
                "url": "#",
            },
            {
                "title": "冬季养生：膏方适合哪些人",
                "meta": "中医科 · 3 分钟读完",
                "image_url": f"{PICTURE}cover/4.png",
                "url": "#",
            },
        ],
        "days": _days(timezone.localdate()),
        "chips": [
            {"label": label, "url": "#", "is_active": n == 0}
            for n, label in enumerate(("全天", "上午", "下午", "只看有号"))
        ],
        "tabs": [
            {"label": label, "url": "#", "is_active": n == 0, "count": count}
            for n, (label, count) in enumerate((("全部", 0), ("待支付", 1), ("待就诊", 2), ("已结束", 0)))
        ],
        "doctors": _doctors(),
        "sessions": [
            {
                "label": "上午 · 专家门诊",
                "place": "门诊楼 3 层 305 诊室",
                "fee_fen": 5000,
                "state": "few",
                "remaining": 3,
                "url": "#",
            },
            {
                "label": "下午 · 专家门诊",
                "place": "门诊楼 3 层 305 诊室",
                "fee_fen": 5000,
                "state": "full",
                "remaining": 0,
            },
        ],
        "slots": [
            {
                "time": f"{14 + n // 4}:{n % 4 * 15:02d}–{14 + (n + 1) // 4}:{(n + 1) % 4 * 15:02d}",
                "number": n + 11,
                "state": "taken" if n in {0, 1, 4} else "free",
                "url": f"{ROOT}confirm/",
            }
            for n in range(12)
        ],
        "groups": _departments(),
        "booking_rows": [
            {"label": "医生", "value": "陈立群 主任医师"},
            {"label": "科室", "value": "消化内科（主院区）"},
            {"label": "就诊时间", "value": "11月23日 周一 下午"},
            {"label": "时段与序号", "value": "16:30–17:00【23号】", "strong": True},
            {"label": "就诊地点", "value": "门诊楼 3 层 305 诊室"},
            {"label": "挂号费", "value": "¥50.00"},
        ],
        "result_rows": [
            {"label": "就诊人", "value": "林晓雯"},
            {"label": "时间", "value": "11月23日 16:30–17:00【23号】", "strong": True},
            {"label": "地点", "value": "门诊楼 3 层 305", "link_url": "#", "link_label": "怎么走"},
            {"label": "已支付", "value": "¥50.00 微信支付"},
        ],
        "bookings": [
            {
                "state_label": "待支付",
                "tone": "few",
                "when": when,
                "doctor": "陈立群 主任医师",
                "department": "消化内科",
                "place": "主院区 门诊楼 3 层 305 诊室",
                "patient": "林晓雯",
                "url": "#",
                "expires_at": now + dt.timedelta(minutes=14, seconds=32),
                "actions": [
                    {"label": "取消", "url": "#"},
                    {"label": "去支付", "url": f"{ROOT}checkout/", "primary": True},
                ],
            },
            {
                "state_label": "待就诊",
                "tone": "ok",
                "when": "11月26日 周四 09:00–09:15",
                "doctor": "周敏 副主任医师",
                "department": "消化内科",
                "place": "主院区 门诊楼 3 层 302 诊室 · 8 号",
                "patient": "林建国",
                "url": "#",
                "actions": [{"label": "查看二维码", "url": f"{ROOT}result/"}],
            },
            {
                "state_label": "已就诊",
                "tone": "",
                "when": "10月9日 周五 10:30–10:45",
                "doctor": "何静怡 主任医师",
                "department": "肝病科",
                "patient": "林晓雯",
                "url": "#",
                "is_past": True,
                "actions": [{"label": "再次预约", "url": "#"}],
            },
        ],
        "steps": [
            {"label": "选科室", "state": "done"},
            {"label": "选医生", "state": "done"},
            {"label": "确认", "state": "now"},
            {"label": "支付", "state": ""},
        ],
        "form": PatientForm(
            {"name": "林晓雯", "id_number": "42010119900307002", "phone": "13800000000", "relation": "self"}
        ),
        "expires_at": now + dt.timedelta(minutes=14, seconds=32),
        "qr": _qr(),
        "icons": [name for name, _label, _file in (*ACTION_ICONS, *MEDICAL_ICONS)],
    }
