"""The service account's 类目模板: ids, titles, keywords, as a hospital would have chosen them."""

from dataclasses import dataclass

__all__ = ["TEMPLATES", "Template"]


@dataclass(frozen=True)
class Template:
    """One template of the account: keyword name → the label patients read."""

    key: str
    template_id: str
    title: str
    keywords: dict[str, str]
    example: dict[str, str]

    def content(self) -> str:
        """Return the template text as the platform lists it."""
        return "\n".join(f"{label}：{{{{{name}.DATA}}}}" for name, label in self.keywords.items())


TEMPLATES = [
    Template(
        "booked", "tplBooked0000000000000000000000000000000001", "预约挂号成功通知",
        {"name1": "就诊人", "thing2": "就诊科室", "name3": "就诊医生", "time4": "就诊时间", "thing5": "就诊地点"},
        {"name1": "张伟", "thing2": "消化内科", "name3": "周明远", "time4": "2026年12月1日 09:00",
         "thing5": "门诊楼 3 层 305 诊室"},
    ),
    Template(
        "paid", "tplPaid00000000000000000000000000000000002", "缴费成功通知",
        {"name1": "就诊人", "thing2": "缴费项目", "amount3": "缴费金额", "time4": "缴费时间",
         "character_string5": "订单编号"},
        {"name1": "张伟", "thing2": "消化内科专家门诊挂号费", "amount3": "¥50.00", "time4": "2026年11月30日 15:20",
         "character_string5": "GH20261130000001"},
    ),
    Template(
        "cancelled", "tplCancelled000000000000000000000000000003", "预约取消通知",
        {"name1": "就诊人", "thing2": "就诊科室", "time3": "就诊时间", "thing4": "取消原因", "amount5": "退款金额"},
        {"name1": "张伟", "thing2": "消化内科", "time3": "2026年12月1日 09:00", "thing4": "患者主动取消",
         "amount5": "¥50.00"},
    ),
    Template(
        "refunded", "tplRefunded0000000000000000000000000000004", "退款通知",
        {"name1": "就诊人", "thing2": "退款项目", "amount3": "退款金额", "thing4": "退款原因",
         "character_string5": "订单编号", "time6": "退款时间"},
        {"name1": "张伟", "thing2": "挂号费", "amount3": "¥50.00", "thing4": "医院未能确认号源",
         "character_string5": "R20261130000001", "time6": "2026年11月30日 15:25"},
    ),
    Template(
        "failed", "tplFailed000000000000000000000000000000005", "挂号失败通知",
        {"name1": "就诊人", "thing2": "就诊科室", "time3": "就诊时间", "thing4": "失败原因", "amount5": "退款金额"},
        {"name1": "张伟", "thing2": "消化内科", "time3": "2026年12月1日 09:00", "thing4": "号源已被占用，费用原路退回",
         "amount5": "¥50.00"},
    ),
    Template(
        "stopped", "tplStopped00000000000000000000000000000006", "医生停诊通知",
        {"name1": "就诊人", "thing2": "停诊科室", "name3": "停诊医生", "time4": "停诊时间", "thing5": "处理方式"},
        {"name1": "张伟", "thing2": "消化内科", "name3": "周明远", "time4": "2026年12月1日 09:00",
         "thing5": "费用将原路退回"},
    ),
    Template(
        "reminder", "tplReminder0000000000000000000000000000007", "就诊提醒",
        {"name1": "就诊人", "thing2": "就诊科室", "time3": "就诊时间", "thing4": "就诊地点", "number5": "就诊序号"},
        {"name1": "张伟", "thing2": "消化内科", "time3": "2026年12月1日 09:00", "thing4": "门诊楼 3 层 305 诊室",
         "number5": "7"},
    ),
    Template(
        "queue", "tplQueue000000000000000000000000000000008", "候诊排队提醒",
        {"name1": "就诊人", "character_string2": "排队号码", "thing3": "就诊地点", "number4": "前方等候人数",
         "thing5": "就诊科室"},
        {"name1": "张伟", "character_string2": "A007", "thing3": "门诊楼 3 层 305 诊室", "number4": "3",
         "thing5": "消化内科"},
    ),
    Template(
        "offer", "tplOffer000000000000000000000000000000009", "候补挂号通知",
        {"name1": "就诊人", "thing2": "就诊科室", "name3": "就诊医生", "time4": "就诊时间", "time5": "确认截止时间"},
        {"name1": "张伟", "thing2": "消化内科", "name3": "周明远", "time4": "2026年12月1日 09:00",
         "time5": "2026年11月30日 18:30"},
    ),
]  # fmt: skip
