"""What patients are told around a visit: its events and the facts that templates can use."""

from django.utils.translation import gettext_lazy as _

from business.messaging.events import Event, Fact, register
from business.registration.messages import VISIT
from business.registration.notices import fresh_facts

QUEUE_NO = Fact("queue_no", _("候诊号"), "A007")
AHEAD = Fact("ahead", _("前方等候人数"), "3")
OPENS = Fact("opens", _("开始报到时间"), "2026-12-01 08:00")
QUEUE = (*VISIT, QUEUE_NO, AHEAD)

register(
    (
        Event(
            "visits.tomorrow",
            _("明天就诊提醒"),
            _("明天就诊提醒"),
            _("{patient} 明天 {visit_time} 在 {place} {department} {doctor} 就诊，{number}。"),
            (*VISIT, OPENS),
            fresh=fresh_facts,
        ),
        Event(
            "visits.checkin_open",
            _("可以报到了"),
            _("可以报到了"),
            _("{patient} {visit_time} {department} 的就诊现在可以报到，到 {place} 扫码报到。"),
            (*VISIT, OPENS),
            is_urgent=True,
            fresh=fresh_facts,
        ),
        Event(
            "visits.queue_near",
            _("快要轮到"),
            _("快轮到您了"),
            _("{patient} {queue_no} 号前面还有 {ahead} 人，请到 {place} 等候。"),
            QUEUE,
            is_urgent=True,
        ),
        Event(
            "visits.your_turn",
            _("请就诊"),
            _("轮到您了，请就诊"),
            _("请 {patient} {queue_no} 号到 {place} 就诊。"),
            QUEUE,
            is_urgent=True,
        ),
        Event(
            "visits.passed",
            _("过号"),
            _("您已过号"),
            _("{patient} {queue_no} 号已过号，请回到 {place} 重新报到。"),
            QUEUE,
            is_urgent=True,
        ),
    )
)
