"""The visit itself: where one checks in, the place in the queue, what the hospital decides about both."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus, Department, Place
from business.registration.models import Appointment, Schedule
from business.security.refs import new_ref


class VisitRule(models.Model):
    """What the hospital decides about check-in and queue; the row without a campus is the hospital's default."""

    campus = models.OneToOneField(
        Campus, models.CASCADE, null=True, blank=True, related_name="visit_rule", verbose_name=_("院区")
    )
    opens_before_minutes = models.PositiveSmallIntegerField(_("就诊前多久可报到（分钟）"), default=60)
    closes_after_minutes = models.PositiveSmallIntegerField(
        _("时段结束后还可报到（分钟）"), default=30, help_text=_("之后请到窗口办理")
    )
    remind_at = models.TimeField(_("前一天几点提醒"), default=time(18))
    near_ahead = models.PositiveSmallIntegerField(
        _("前面还有几人时提醒"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    passed_text = models.CharField(
        _("过号怎么办"),
        max_length=120,
        default="请回到候诊区重新报到，报到后排在当前两位患者之后。",
        help_text=_("过号的患者看到这句话"),
    )
    marks_no_show = models.BooleanField(_("登记爽约"), default=True, help_text=_("没有报到、HIS 也没有就诊记录的预约"))
    no_show_after_minutes = models.PositiveSmallIntegerField(_("时段结束后多久登记爽约（分钟）"), default=180)

    class Meta:
        verbose_name = _("就诊规则")
        verbose_name_plural = _("就诊规则")

    def __str__(self) -> str:
        return str(self.campus or _("全院"))


class CheckPoint(models.Model):
    """Where patients check in: its QR code hangs there; a new version makes the printed ones worthless."""

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    name = models.CharField(_("名称"), max_length=40, help_text=_("例如：门诊楼 3 层分诊台"))
    campus = models.ForeignKey(Campus, models.PROTECT, verbose_name=_("院区"))
    place = models.ForeignKey(Place, models.SET_NULL, null=True, blank=True, verbose_name=_("所在位置"))
    departments = models.ManyToManyField(
        Department, blank=True, verbose_name=_("科室"), help_text=_("只接受这些科室的患者报到；不选则本院区所有科室")
    )
    latitude = models.DecimalField(_("纬度"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("经度"), max_digits=9, decimal_places=6, null=True, blank=True)
    radius_m = models.PositiveIntegerField(
        _("须在多少米以内"), default=0, help_text=_("0 为不检查位置；室内定位误差可达百米，建议不小于 300")
    )
    version = models.PositiveSmallIntegerField(_("二维码版本"), default=1, editable=False)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("报到点")
        verbose_name_plural = _("报到点")
        ordering = ["campus", "name"]

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """A booked appointment from check-in to the doctor (or to nobody)."""

    class State(models.TextChoices):
        """Where the patient is."""

        CHECKING = "checking", _("报到中")
        WAITING = "waiting", _("候诊中")
        CALLED = "called", _("请就诊")
        PASSED = "passed", _("过号")
        DONE = "done", _("已就诊")
        REFUSED = "refused", _("报到未成功")
        NO_SHOW = "no_show", _("爽约")

    class Way(models.TextChoices):
        """How the patient checked in."""

        SCAN = "scan", _("扫报到点二维码")
        CODE = "code", _("出示本人二维码")
        WINDOW = "window", _("窗口或自助机")

    appointment = models.OneToOneField(Appointment, models.PROTECT, related_name="visit", verbose_name=_("预约"))
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="visits", verbose_name=_("排班"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.CHECKING)
    way = models.CharField(_("报到方式"), max_length=10, choices=Way.choices, blank=True)
    point = models.ForeignKey(CheckPoint, models.SET_NULL, null=True, blank=True, verbose_name=_("报到点"))
    device = models.CharField(_("设备"), max_length=60, blank=True)
    # The number under which HIS was asked; another one for another check-in after being passed.
    request_no = models.CharField(_("报到请求号"), max_length=32, unique=True, null=True)
    queue_no = models.CharField(_("候诊号"), max_length=20, blank=True)
    room = models.CharField(_("就诊地点"), max_length=100, blank=True)
    ahead = models.PositiveSmallIntegerField(_("前面人数"), null=True, blank=True)
    passes = models.PositiveSmallIntegerField(_("过号次数"), default=0)
    problem = models.CharField(_("问题"), max_length=200, blank=True)
    next_check_at = models.DateTimeField(_("下次核对时间"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("报到时间"), null=True, blank=True)
    called_at = models.DateTimeField(_("叫号时间"), null=True, blank=True)
    done_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("就诊")
        verbose_name_plural = _("报到与候诊")
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["schedule", "state"], name="visit_schedule_state"),
            models.Index(fields=["state", "next_check_at"], name="visit_state_check"),
        ]

    def __str__(self) -> str:
        return str(self.appointment)


class QueueBoard(models.Model):
    """The queue of a clinic as HIS told it last; one call serves everybody who waits there."""

    schedule = models.OneToOneField(Schedule, models.CASCADE, related_name="board", verbose_name=_("排班"))
    state = models.CharField(_("状态"), max_length=10, blank=True)
    calling = models.CharField(_("正在就诊"), max_length=60, blank=True)
    waiting = models.PositiveSmallIntegerField(_("候诊人数"), default=0)
    told_at = models.DateTimeField(_("HIS 告知时间"), null=True, blank=True)
    next_at = models.DateTimeField(_("下次询问"))
    failures = models.PositiveSmallIntegerField(_("连续没有回应"), default=0)

    class Meta:
        verbose_name = _("候诊队列")
        verbose_name_plural = _("候诊队列")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["next_at"], name="queue_board_next")]

    def __str__(self) -> str:
        return str(self.schedule)
