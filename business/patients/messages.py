"""What accounts are told about their patients, and the facts that templates can use."""

from django.utils.translation import gettext_lazy as _

from business.messaging.events import Event, Fact, register

PATIENT = Fact("patient", _("就诊人（只留末字）"), "**雯")
CARD = Fact("card", _("就诊卡号（隐去中间）"), "3601****0001")
REASON = Fact("reason", _("原因"), "90 天内 3 次预约未就诊")
UNTIL = Fact("until", _("暂停至"), "2026年12月31日 08:00")

register(
    (
        Event(
            "patients.card_taken_over",
            _("就诊卡被换绑"),
            _("就诊卡已被换绑"),
            _("{patient} 的就诊卡 {card} 已由预留手机号的持有人换绑到其他账户。如非家人操作，请到服务台处理。"),
            (PATIENT, CARD),
        ),
        Event(
            "patients.blocked",
            _("暂停预约"),
            _("预约已暂停"),
            _("{patient} 因{reason}，暂停预约至{until}。可在就诊人页面申诉。"),
            (PATIENT, REASON, UNTIL),
        ),
        Event(
            "patients.released",
            _("恢复预约"),
            _("预约已恢复"),
            _("{patient} 的预约限制已解除，可以正常预约。"),
            (PATIENT, REASON, UNTIL),
        ),
        Event(
            "patients.appeal_rejected",
            _("申诉未采纳"),
            _("申诉处理结果"),
            _("{patient} 的申诉未被采纳：{reason}"),
            (PATIENT, REASON, UNTIL),
        ),
    )
)
