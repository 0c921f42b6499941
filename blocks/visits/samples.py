"""A made-up visit for previews."""

from typing import Any

from blocks.registration.samples import NOWHERE
from blocks.registration.samples import result as booking


def checkin() -> dict[str, Any]:
    """Return a scanned point and a booking that can be checked in."""
    return {
        "code": "sample",
        "point": {"name": "门诊楼 3 层分诊台"},
        "problem": "",
        "asks_location": False,
        "items": [
            {
                "ref": "sample",
                "patient": "林晓雯",
                "when": "今天 16:30-17:00【23号】",
                "doctor": "陈立群 主任医师",
                "department": "消化内科（主院区）",
                "can": True,
                "title": "可以报到了",
                "text": "",
                "queue_url": "",
                "result_url": NOWHERE,
            }
        ],
        "mine_url": NOWHERE,
        "self_url": NOWHERE,
    }


def queue() -> dict[str, Any]:
    """Return a patient with three people ahead."""
    facts = [
        row for row in booking({"show_code": False})["facts"] if row["label"] in ("就诊人", "科室", "医生", "地点")
    ]
    return {
        "items": [
            {
                "line": {
                    "ref": "sample",
                    "mark": "wait",
                    "title": "前面还有 3 人",
                    "text": "正在就诊：A019",
                    "told": "16:20 更新",
                    "checkin_url": "",
                    "poll_url": "",
                    "seconds": 10,
                    "is_asleep": False,
                },
                "facts": [{"label": "候诊号", "value": "A023", "strong": True}, *facts],
                "detail_url": NOWHERE,
            }
        ],
        "mine_url": NOWHERE,
    }
