"""Made-up people for previews."""

from typing import Any

LIN: dict[str, Any] = {
    "ref": "sample1",
    "name": "林晓雯",
    "relation": "本人",
    "age": 34,
    "id_line": "4201 **** 002X",
    "card_line": "3601 **** 0001",
    "lines": "4201**********002X · 138****6620",
    "is_default": True,
    "is_pending": False,
    "is_refused": False,
    "problem": "",
}
MOTHER: dict[str, Any] = {
    **LIN,
    "ref": "sample2",
    "name": "周桂兰",
    "relation": "父母",
    "age": 66,
    "lines": "4201**********1843 · 139****0182",
    "is_default": False,
}


def switcher() -> dict[str, Any]:
    """Return two patients."""
    return {
        "is_guest": False,
        "current": LIN,
        "others": [MOTHER],
        "patients": [LIN, MOTHER],
        "add_url": "#",
        "qr_url": "#",
    }


def listing() -> dict[str, Any]:
    """Return two patients."""
    return {"patients": [LIN, MOTHER], "added": None, "add_url": "#", "bind_url": "#", "is_full": False, "most": 8}


def detail() -> dict[str, Any]:
    """Return one patient with a card."""
    return {
        "patient": LIN,
        "face": {
            "name": "林晓雯",
            "gender": "女",
            "age": "34",
            "number": "3601 **** 0001",
            "document": "居民身份证",
            "id_number": "4201 **** 002X",
            "verified": "已实名",
        },
        "reveals": False,
        "rows": [
            {"label": "与您的关系", "value": "本人"},
            {"label": "出生日期", "value": "1992-**-**"},
            {"label": "手机号", "value": "138****6620（已验证）"},
            {"label": "实名核验", "value": "已实名"},
        ],
        "cards": [{"ref": "sample", "number": "3601 **** 0001"}],
        "blocks": [],
        "done": "",
        "list_url": "#",
        "edit_url": "#",
        "code_url": "#",
        "bind_url": "#",
        "here_url": "#",
    }


def account() -> dict[str, Any]:
    """Return an account with two patients."""
    return {"is_guest": False, "sign_in_url": "#", "current": LIN, "count": 2, "home_url": "#"}


def messages() -> dict[str, Any]:
    """Return two messages."""
    return {
        "items": [
            {
                "title": "预约成功通知",
                "text": "林晓雯 · 消化内科 · 陈立群 · 明天 16:30 · 23号 · 门诊楼 3 层 305 诊室",
                "meta": "今天 09:12",
                "icon": "calendar-check",
                "tone": "green",
                "url": "#",
            },
            {
                "title": "退款到账通知",
                "text": "林晓雯 · 骨科 · ¥30.00",
                "meta": "昨天 15:40",
                "icon": "coins",
                "tone": "teal",
                "url": "#",
            },
        ]
    }
