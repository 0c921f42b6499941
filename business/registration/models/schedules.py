"""Clinics and their numbers (排班与号源), and the weekly plan they are made from."""

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus, Department, Doctor
from business.registration.models.rules import Holiday
from business.security.refs import new_ref


class Schedule(models.Model):
    """A clinic of a doctor, or of a department without a named doctor, in one session of a day (排班)."""

    class Session(models.TextChoices):
        """Part of the day."""

        MORNING = "morning", _("上午")
        AFTERNOON = "afternoon", _("下午")
        EVENING = "evening", _("晚上")

    class State(models.TextChoices):
        """Whether the clinic takes place."""

        OPEN = "open", _("正常")
        STOPPED = "stopped", _("停诊")

    class Origin(models.TextChoices):
        """Who made it; the two never touch each other's rows."""

        HIS = "his", _("HIS 同步")
        OWN = "own", _("本平台排班")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    # HIS's code, or our own, which names doctor, day and session: the database refuses a second.
    code = models.CharField(_("排班代码"), max_length=60, unique=True)
    origin = models.CharField(_("来源"), max_length=5, choices=Origin.choices, default=Origin.HIS)
    campus = models.ForeignKey(Campus, models.PROTECT, verbose_name=_("院区"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="schedules", verbose_name=_("科室"))
    doctor = models.ForeignKey(
        Doctor, models.PROTECT, null=True, blank=True, related_name="schedules", verbose_name=_("医生")
    )
    date = models.DateField(_("日期"))
    session = models.CharField(_("时段"), max_length=10, choices=Session.choices)
    clinic_name = models.CharField(_("门诊名称"), max_length=60)
    place = models.CharField(_("就诊地点"), max_length=100, blank=True)
    fee_fen = models.PositiveBigIntegerField(_("挂号费（分）"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    # Staff stopped it here, whatever HIS says, until staff reopen it.
    stopped_here = models.BooleanField(_("本平台停诊"), default=False)
    # The clinic ends early: numbers from this moment on are not booked.
    stopped_from = models.DateTimeField(_("此时起停诊"), null=True, blank=True)
    # Staff moved it to another room or doctor here: the synchronisation keeps that.
    changed_here = models.BooleanField(_("本平台改过医生或地点"), default=False)
    ends_at = models.DateTimeField(_("门诊结束"), null=True, blank=True)
    # How many wait for a number (候补): while anybody does, numbers go to them and to nobody else.
    waiting = models.PositiveSmallIntegerField(_("候补人数"), default=0, editable=False)

    class Meta:
        verbose_name = _("排班")
        verbose_name_plural = _("排班")
        ordering = ["date", "session", "pk"]
        indexes = [
            models.Index(fields=["department", "date", "state"], name="schedule_department_date"),
            models.Index(fields=["date"], name="schedule_date"),
            models.Index(fields=["doctor", "date"], name="schedule_doctor_date"),
            models.Index(fields=["waiting", "date"], name="schedule_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.clinic_name}"

    def is_stopped_at(self, moment: datetime) -> bool:
        """Tell whether a number that begins at ``moment`` does not take place."""
        return self.state == self.State.STOPPED or (self.stopped_from is not None and moment >= self.stopped_from)


class Slot(models.Model):
    """One number of a schedule with its time range (号源); free while open and claimed by no appointment."""

    class State(models.TextChoices):
        """What HIS says of the slot, our own claims aside."""

        OPEN = "open", _("可约")
        TAKEN = "taken", _("其他渠道已约")
        CLOSED = "closed", _("关闭")

    class Channel(models.TextChoices):
        """Who gives the number out."""

        PORTAL = "portal", _("线上")
        WINDOW = "window", _("窗口")
        PHONE = "phone", _("电话")
        MACHINE = "machine", _("自助机")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    code = models.CharField(_("号源代码"), max_length=80, unique=True)
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="slots", verbose_name=_("排班"))
    number = models.PositiveSmallIntegerField(_("序号"))
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel.choices, default=Channel.PORTAL)
    is_extra = models.BooleanField(_("加号"), default=False)

    class Meta:
        verbose_name = _("号源")
        verbose_name_plural = _("号源")
        ordering = ["schedule", "number"]
        indexes = [models.Index(fields=["starts_at"], name="slot_starts_at")]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="slot_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} {self.number}"


class ClinicTemplate(models.Model):
    """A clinic that comes back every week (出诊模板): what own schedules are made from."""

    weekday = models.PositiveSmallIntegerField(_("星期"), choices=Holiday.WEEKDAYS)
    department = models.ForeignKey(Department, models.PROTECT, related_name="templates", verbose_name=_("科室"))
    doctor = models.ForeignKey(
        Doctor, models.PROTECT, null=True, blank=True, related_name="templates", verbose_name=_("医生")
    )
    session = models.CharField(_("时段"), max_length=10, choices=Schedule.Session.choices)
    clinic_name = models.CharField(_("门诊名称"), max_length=60, blank=True)
    place = models.CharField(_("就诊地点"), max_length=100, blank=True)
    starts = models.TimeField(_("开始"))
    ends = models.TimeField(_("结束"))
    range_minutes = models.PositiveSmallIntegerField(
        _("每段分钟"), default=30, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    per_range = models.PositiveSmallIntegerField(
        _("每段号数"), default=3, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    fee_fen = models.PositiveBigIntegerField(_("挂号费（分）"), null=True, blank=True)
    quotas = models.JSONField(_("各渠道号数"), default=dict, blank=True)
    valid_from = models.DateField(_("生效日期"), null=True, blank=True)
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    # Until here its clinics were made; what staff delete afterwards does not come back by itself.
    made_until = models.DateField(_("已生成至"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("出诊模板")
        verbose_name_plural = _("出诊模板")
        ordering = ["weekday", "department", "session", "pk"]

    def __str__(self) -> str:
        who = self.doctor.name if self.doctor else self.clinic_name
        return f"{self.get_weekday_display()}{self.get_session_display()} {self.department.name} {who}"
