"""Schedules, numbered slots and appointments (FHIR's Schedule, Slot, Appointment)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus, Department, Doctor
from business.patients.models import Account, Patient
from business.security.refs import new_ref


class BookingRule(models.Model):
    """What the hospital decides about booking; the row without a campus is the hospital's default."""

    campus = models.OneToOneField(
        Campus, models.CASCADE, null=True, blank=True, related_name="booking_rule", verbose_name=_("院区")
    )
    hold_minutes = models.PositiveSmallIntegerField(_("未支付保留（分钟）"), default=15)
    max_unpaid = models.PositiveSmallIntegerField(
        _("每个账户最多同时待支付"), default=3, help_text=_("防止占号不付款：待支付的预约达到这个数时，须先支付或取消")
    )
    days_ahead = models.PositiveSmallIntegerField(_("可提前预约（天）"), default=14)
    cancel_before_minutes = models.PositiveIntegerField(
        _("退号截止（就诊前分钟）"), default=60, help_text=_("距就诊开始不足这么多分钟时，不能在线退号")
    )
    settle_alarm_minutes = models.PositiveSmallIntegerField(_("确认超时报警（分钟）"), default=30)
    notice = models.TextField(_("预约须知"), blank=True)

    class Meta:
        verbose_name = _("预约规则")
        verbose_name_plural = _("预约规则")

    def __str__(self) -> str:
        return str(self.campus or _("全院"))


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

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    code = models.CharField(_("HIS 代码"), max_length=60, unique=True)
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

    class Meta:
        verbose_name = _("排班")
        verbose_name_plural = _("排班")
        ordering = ["date", "session", "pk"]
        indexes = [
            models.Index(fields=["department", "date", "state"], name="schedule_department_date"),
            models.Index(fields=["date"], name="schedule_date"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.clinic_name}"


class Slot(models.Model):
    """One number of a schedule with its time range (号源); free while open and claimed by no appointment."""

    class State(models.TextChoices):
        """What HIS says of the slot, our own claims aside."""

        OPEN = "open", _("可约")
        TAKEN = "taken", _("其他渠道已约")
        CLOSED = "closed", _("关闭")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    code = models.CharField(_("HIS 代码"), max_length=80, unique=True)
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="slots", verbose_name=_("排班"))
    number = models.PositiveSmallIntegerField(_("序号"))
    starts_at = models.DateTimeField(_("开始"))
    ends_at = models.DateTimeField(_("结束"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)

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


class Appointment(models.Model):
    """A patient's booking of a slot (预约), from the hold to the visit."""

    class State(models.TextChoices):
        """Where the booking stands; the allowed moves are in business.registration.states."""

        LOCKING = "locking", _("锁号中")
        HELD = "held", _("待支付")
        RELEASING = "releasing", _("释放中")
        CONFIRMING = "confirming", _("已支付，确认中")
        BOOKED = "booked", _("预约成功")
        CANCELLING = "cancelling", _("退号处理中")
        CANCELLED = "cancelled", _("已取消")
        EXPIRED = "expired", _("超时未支付")
        FAILED = "failed", _("预约失败")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    trade_no = models.CharField(_("HIS 交易号"), max_length=32, unique=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="appointments", verbose_name=_("账户"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments", verbose_name=_("就诊人"))
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="appointments", verbose_name=_("号源"))
    # The scarce things. Each is a plain unique column, set while the booking lives and NULL afterwards, so that every
    # database refuses a second (design.md §3): one booking a slot; one a patient, department and day (16.1).
    claimed_slot = models.OneToOneField(
        Slot, models.PROTECT, null=True, blank=True, related_name="claim", verbose_name=_("占用号源")
    )
    patient_claim = models.CharField(_("唯一占用"), max_length=120, unique=True, null=True, editable=False)
    # "<account>:<form token>": the same form sent twice is the same booking.
    request_key = models.CharField(_("请求幂等键"), max_length=80, unique=True)
    fee_fen = models.PositiveBigIntegerField(_("挂号费（分）"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.LOCKING)
    release_to = models.CharField(_("释放后状态"), max_length=10, blank=True, editable=False)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    hold_expires_at = models.DateTimeField(_("保留至"))
    lock_id = models.CharField(_("HIS 锁号"), max_length=64, blank=True)
    his_order_no = models.CharField(_("HIS 挂号单号"), max_length=64, blank=True)
    queue_no = models.CharField(_("候诊号"), max_length=20, blank=True)
    place = models.CharField(_("就诊地点"), max_length=100, blank=True)
    next_check_at = models.DateTimeField(_("下次核对时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("预约时间"), auto_now_add=True)
    booked_at = models.DateTimeField(_("成功时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("预约")
        verbose_name_plural = _("预约")
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["his_order_no"], name="appointment_his_order"),
            models.Index(fields=["account", "-created_at"], name="appointment_account"),
            models.Index(fields=["state", "hold_expires_at"], name="appointment_expiry"),
        ]

    def __str__(self) -> str:
        return self.ref


class AppointmentEvent(models.Model):
    """One change of an appointment's state: from, to, when, why, by whom."""

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="events", verbose_name=_("预约"))
    at = models.DateTimeField(_("时间"))
    from_state = models.CharField(_("原状态"), max_length=10, blank=True)
    to_state = models.CharField(_("新状态"), max_length=10)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    actor = models.CharField(_("操作人"), max_length=100)

    class Meta:
        verbose_name = _("预约状态记录")
        verbose_name_plural = _("预约状态记录")
        default_permissions = ("view",)
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.appointment} {self.from_state}→{self.to_state}"
