"""What registration tells patients: its events and the facts that templates can use."""

from django.utils.translation import gettext_lazy as _

from business.messaging.events import Event, Fact, register

PATIENT = Fact("patient", _("就诊人"), "林晓雯")
HOSPITAL = Fact("hospital", _("院区"), "江城示范医院主院区")
DEPARTMENT = Fact("department", _("科室"), "消化内科")
DOCTOR = Fact("doctor", _("医生"), "周明远")
VISIT_TIME = Fact("visit_time", _("就诊时间"), "2026-12-01 09:00")
PLACE = Fact("place", _("就诊地点"), "门诊楼 3 层 305 诊室")
NUMBER = Fact("number", _("序号"), "7号")
AMOUNT = Fact("amount", _("金额"), "¥50.00")
RECORD_NO = Fact("record_no", _("挂号单号"), "GH20261130000001")
REASON = Fact("reason", _("原因"), "医生临时停诊，费用原路退回")
DEADLINE = Fact("deadline", _("最晚确认时间"), "2026-11-30 18:30")

VISIT = (PATIENT, DEPARTMENT, DOCTOR, VISIT_TIME, NUMBER, PLACE, HOSPITAL, AMOUNT, RECORD_NO, REASON)

register(
    (
        Event(
            "registration.booked",
            _("预约成功"),
            _("预约挂号成功"),
            _("{patient} 已约 {department} {doctor} {visit_time} {number}，地点：{place}。"),
            VISIT,
        ),
        Event(
            "registration.moved",
            _("改约成功"),
            _("改约成功"),
            _("{patient} 已改约到 {department} {doctor} {visit_time} {number}，地点：{place}。"),
            VISIT,
        ),
        Event(
            "registration.paid",
            _("挂号费支付成功"),
            _("挂号费已支付"),
            _("{patient} {department} 挂号费 {amount} 已支付，正在向医院确认。"),
            VISIT,
        ),
        Event(
            "registration.failed_refunding",
            _("挂号未成功，正在退费"),
            _("挂号未成功，费用将退回"),
            _("{patient} {department} {visit_time} 挂号未成功：{reason} 已付 {amount} 原路退回。"),
            VISIT,
        ),
        Event(
            "registration.failed",
            _("挂号未成功（免费号）"),
            _("预约未成功"),
            _("{patient} {department} {visit_time} 预约未成功：{reason}"),
            VISIT,
        ),
        Event(
            "registration.cancelled",
            _("预约已取消"),
            _("预约已取消"),
            _("{patient} {department} {visit_time} 的预约已取消：{reason}"),
            VISIT,
        ),
        Event(
            "registration.expired",
            _("超时未支付"),
            _("预约超时未支付"),
            _("{patient} {department} {visit_time} 的预约超时未支付，号源已释放，没有扣款。"),
            VISIT,
        ),
        Event(
            "registration.refunded",
            _("退款到账"),
            _("退款已到账"),
            _("{patient} {department} 退款 {amount} 已原路退回。"),
            VISIT,
        ),
        Event(
            "registration.stopped",
            _("停诊"),
            _("您预约的门诊停诊"),
            _("{patient} {visit_time} {department} {doctor} 停诊：{reason}"),
            VISIT,
            is_urgent=True,
        ),
        Event(
            "registration.offer",
            _("候补有号"),
            _("候补有号了，请尽快确认"),
            _("{patient} 候补的 {department} {doctor} {visit_time} 有号了，请在 {deadline} 前确认。"),
            (*VISIT, DEADLINE),
            is_urgent=True,
        ),
        Event(
            "registration.changed",
            _("换医生、改地点"),
            _("您的就诊安排有变化"),
            _("{patient} {visit_time} {department} 的就诊安排有变化：{reason}。预约仍然有效。"),
            VISIT,
            is_urgent=True,
        ),
        Event(
            "registration.reopened",
            _("停诊恢复"),
            _("停诊的门诊已恢复出诊"),
            _("{department} {doctor} {visit_time} 已恢复出诊，如需就诊请重新预约。已退的费用不受影响。"),
            VISIT,
        ),
        Event(
            "registration.waiting_over",
            _("候补未成功"),
            _("候补没有等到号"),
            _("{patient} 候补的 {department} {doctor} {visit_time} 没有等到号：{reason}。"),
            (PATIENT, DEPARTMENT, DOCTOR, VISIT_TIME, PLACE, HOSPITAL, REASON),
        ),
        Event(
            "registration.doctor_has_slots",
            _("关注的医生有号"),
            _("您关注的医生有号了"),
            _("{doctor}（{department}）有号了，最近可约：{visit_time}。"),
            (DEPARTMENT, DOCTOR, VISIT_TIME, HOSPITAL),
        ),
    )
)
