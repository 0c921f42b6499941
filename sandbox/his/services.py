"""Extension services that this demonstration hospital's HIS offers beside the standard interface."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.errors import HisRefused
from sandbox.store import Store

__all__ = ["answer", "take"]

PACKAGES = [
    ("basic", "入职体检套餐", 28000, "男女通用", ["一般检查", "血常规", "肝功能", "胸部正位片"]),
    ("senior", "长者关爱套餐", 98000, "60 岁以上", ["颈动脉彩超", "骨密度", "肿瘤标志物", "眼底照相"]),
    ("women", "女性专项套餐", 86000, "女", ["乳腺彩超", "妇科彩超", "宫颈筛查", "甲状腺彩超"]),
    ("heart", "心脑血管套餐", 128000, "有家族史者", ["动态心电图", "心脏彩超", "颈动脉彩超", "同型半胱氨酸"]),
]


def _beds(store: Store, now: datetime, asked: Mapping[str, str]) -> Any:
    rows = store.all(
        "SELECT name, campus_code, location FROM departments WHERE parent_code <> '' AND active ORDER BY sort LIMIT 12"
    )
    campus = asked.get("campus", "")
    wards = [
        {
            "ward": f"{row['name']}病区",
            "campus": row["campus_code"],
            "total": 40 + 2 * number,
            "free": (now.hour + 7 * number) % 9,
            "phone": f"027-8555 {2000 + number}",
            "updated_at": now.isoformat(timespec="seconds"),
        }
        for number, row in enumerate(rows)
    ]
    return {"wards": [ward for ward in wards if not campus or ward["campus"] in {"", campus}], "as_of": now.isoformat()}


def _package(entry: tuple[str, str, int, str, list[str]]) -> dict[str, Any]:
    code, name, price, fits, items = entry
    return {
        "code": code,
        "name": name,
        "price_fen": price,
        "fits": fits,
        "items": "、".join(items),
        "count": len(items),
    }


def _packages(store: Store, now: datetime, asked: Mapping[str, str]) -> Any:
    return [_package(entry) for entry in PACKAGES]


def _one_package(store: Store, now: datetime, asked: Mapping[str, str]) -> Any:
    found = next((entry for entry in PACKAGES if entry[0] == asked.get("code")), None)
    if found is None:
        raise HisRefused("NOT_FOUND", "没有这个套餐")
    return {**_package(found), "notice": "体检前一天晚上 10 点后请勿进食，当天空腹到体检中心 2 层。"}


def _vaccinations(store: Store, now: datetime, asked: Mapping[str, str]) -> Any:
    patient = store.one("SELECT name, id_number FROM patients WHERE patient_id = ?", (asked.get("patient_id", ""),))
    if patient is None:
        raise HisRefused("NOT_FOUND", "没有档案")
    return {
        "patient": {"name": patient["name"], "id_number": patient["id_number"]},
        "records": [
            {"vaccine": "四价流感疫苗", "date": (now - timedelta(days=30)).date().isoformat(), "dose": 1},
            {"vaccine": "乙肝疫苗", "date": (now - timedelta(days=400)).date().isoformat(), "dose": 3},
        ],
    }


READS: dict[str, Callable[[Store, datetime, Mapping[str, str]], Any]] = {
    "bed-availability": _beds,
    "exam-packages": _packages,
    "exam-package": _one_package,
    "vaccinations": _vaccinations,
}
# Forms and what they must say.
FORMS: dict[str, tuple[str, ...]] = {"home-nursing": ("patient_id", "service", "wanted_on", "phone", "address")}


def answer(store: Store, now: datetime, name: str, asked: Mapping[str, str]) -> Any:
    """Answer a read; raise HisRefused for a service there is not."""
    if name not in READS:
        raise HisRefused("SERVICE_UNKNOWN", "没有这个服务")
    return READS[name](store, now, asked)


def take(store: Store, name: str, request_no: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Take a form; the same number again gets the same receipt. Raises HisRefused."""
    if name not in FORMS:
        raise HisRefused("SERVICE_UNKNOWN", "没有这个服务")
    if missing := [field for field in FORMS[name] if not values.get(field)]:
        raise HisRefused("VALUE_MISSING", f"缺少 {missing[0]}")
    with store.write() as connection:
        known = connection.execute(
            "SELECT receipt_no FROM service_forms WHERE request_no = ?", (request_no,)
        ).fetchone()
        if known:
            return {"receipt_no": known["receipt_no"]}
        number = connection.execute("SELECT COUNT(*) AS n FROM service_forms").fetchone()["n"] + 1
        receipt = f"SF{number:08d}"
        connection.execute(
            "INSERT INTO service_forms (request_no, service, receipt_no) VALUES (?, ?, ?)", (request_no, name, receipt)
        )
    return {"receipt_no": receipt}
