"""A made-up hospital for previews: the same names as the live contexts, no database."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from business.hospital.models import Condition

NOWHERE = "#"


def _tab(label: str, is_active: bool = False) -> dict[str, Any]:
    return {"label": label, "name": "", "url": NOWHERE, "hx_url": "", "is_active": is_active}


def _room(
    number: str, name: str, box: tuple[int, int, int, int], use: str = "clinic", here: bool = False
) -> dict[str, Any]:
    x1, y1, x2, y2 = box
    middle = (y1 + y2) / 2
    return {
        "kind": "rect",
        "use": use,
        "points": f"{x1},{y1} {x2},{y1} {x2},{y2} {x1},{y2}",
        "x": str((x1 + x2) / 2),
        "y": str(middle),
        "radius": "8",
        "font": "20",
        "lines": [{"text": number, "y": str(middle - 6)}, {"text": name, "y": str(middle + 20)}],
        "url": NOWHERE,
        "hx_url": "",
        "is_here": here,
    }


def floor() -> dict[str, Any]:
    """Return a floor with four rooms, one of them found."""
    return {
        "campuses": [_tab("主院区", True), _tab("滨江院区")],
        "buildings": [_tab("门诊楼", True), _tab("急诊楼")],
        "floors": [_tab("1F"), _tab("2F"), _tab("3F", True)],
        "floor": "主院区 门诊楼 3F",
        "found": {
            "title": "消化内科",
            "campus": "主院区",
            "place": "门诊楼 3F A 区",
            "way": "乘 2 号电梯到 3 楼，出电梯左转第一个诊区",
            "hours": "",
            "is_drawn": True,
            "book_url": NOWHERE,
        },
        "others": [],
        "plan": {
            "width": 600,
            "height": 320,
            "image_url": "",
            "label": "主院区 门诊楼 3F",
            "rooms": [
                _room("A 区", "消化内科", (20, 20, 220, 140), here=True),
                _room("B 区", "心血管内科", (380, 20, 580, 140)),
                _room("C 区", "呼吸科", (380, 190, 580, 300)),
                _room("", "电梯", (250, 20, 350, 90), "lift"),
            ],
            "pin": {"x": "120", "y": "60", "scale": "1.4"},
        },
        "rooms": [
            {"name": "A 区 消化内科", "departments": "", "way": "出电梯左转", "hours": "", "use": "clinic",
             "is_here": True, "on_plan": True, "book": [{"name": "消化内科", "url": NOWHERE}], "url": NOWHERE,
             "hx_url": ""},
            {"name": "B 区 心血管内科", "departments": "", "way": "出电梯右转", "hours": "", "use": "clinic",
             "is_here": False, "on_plan": True, "book": [], "url": NOWHERE, "hx_url": ""},
        ],
        "query": "",
        "items": [],
        "search_fragment": "",
        "results_id": "sample-map-results",
    }  # fmt: skip


def _department(name: str, summary: str, place: str, icon: str) -> dict[str, str]:
    return {
        "name": name,
        "summary": summary,
        "place": place,
        "icon": icon,
        "url": NOWHERE,
        "book_url": NOWHERE,
        "map_url": NOWHERE,
    }


def directory() -> dict[str, Any]:
    """Return two groups."""
    return {
        "tabs": [_tab("全部", True), _tab("主院区"), _tab("滨江院区")],
        "groups": [
            {
                "id": "sample-g1",
                "name": "内科",
                "departments": [
                    _department("消化内科", "胃肠、肝胆胰疾病诊治", "门诊楼 3F A 区", "stomach"),
                    _department("心血管内科", "冠心病、高血压、心律失常", "门诊楼 3F B 区", "heart-organ"),
                ],
            },
            {
                "id": "sample-g2",
                "name": "外科",
                "departments": [_department("骨科", "骨折创伤、关节置换", "门诊楼 2F B 区", "joint")],
            },
        ],
        "search_fragment": "",
        "results_id": "sample-directory",
        "query": "",
        "items": [],
    }


def doctors() -> dict[str, Any]:
    """Return three doctors."""
    people = (
        ("陈立群", "主任医师", "消化内科", "早期胃癌的内镜诊治、炎症性肠病", "male"),
        ("周雅琴", "副主任医师", "心血管内科", "高血压、冠心病的长期管理", "female"),
        ("赵启明", "主任医师", "骨科", "关节置换、运动损伤", "male"),
    )
    return {
        "doctors": [
            {
                "name": name,
                "title": title,
                "department": department,
                "specialty": specialty,
                "gender": gender,
                "photo_url": "",
                "url": NOWHERE,
                "book_url": NOWHERE,
            }
            for name, title, department, specialty, gender in people
        ]
    }


def finder(icons: Mapping[str, str]) -> dict[str, Any]:
    """Return the parts of the body and one condition."""
    return {
        "symptom": "胃痛",
        "part": "",
        "parts": [
            {"label": label, "icon": icons[code], "url": NOWHERE, "hx_url": "", "is_active": False}
            for code, label in Condition.Part.choices
        ],
        "found": [
            {
                "name": "胃痛",
                "word": "",
                "advice": _("空腹就诊，方便做胃镜或腹部彩超。"),
                "is_emergency": False,
                "departments": [{"name": "消化内科", "campus": "主院区", "icon": "stomach", "url": NOWHERE}],
            }
        ],
        "is_emergency": False,
        "fragment": "",
    }


def search() -> dict[str, Any]:
    """Return two kinds of results."""
    return {
        "query": "胃",
        "count": 2,
        "book_url": NOWHERE,
        "groups": [
            {
                "label": _("科室与医生"),
                "items": [
                    {"title": "消化内科", "text": "主院区 · 胃肠、肝胆胰疾病诊治", "icon": "stomach", "url": NOWHERE}
                ],
            },
            {
                "label": _("页面"),
                "items": [{"title": "胃镜检查前要做哪些准备", "icon": "file-text", "tone": "slate", "url": NOWHERE}],
            },
        ],
    }
