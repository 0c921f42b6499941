"""Appointments and their history (预约)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.models import Account, Patient
from business.registration.models.schedules import Slot
from business.security.refs import new_ref


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

    class Cause(models.TextChoices):
        """Who undid a booking."""

        PATIENT = "patient", _("患者")
        STOP = "stop", _("停诊")
        STAFF = "staff", _("医院")
        MOVED = "moved", _("改约")

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
    # The booking that this one is to take the place of (改约); claimed, so that there is one such wish at a time, until
    # the new one stands or has ended.
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replacements", verbose_name=_("改自")
    )
    replaces_claim = models.CharField(_("改约占用"), max_length=20, unique=True, null=True, editable=False)
    # HIS exchanges the numbers in one step, nothing is paid anew.
    is_exchange = models.BooleanField(_("直接换号"), default=False, editable=False)
    moves = models.PositiveSmallIntegerField(_("已改约次数"), default=0)
    # "<account>:<form token>": the same form sent twice is the same booking.
    request_key = models.CharField(_("请求幂等键"), max_length=80, unique=True)
    fee_fen = models.PositiveBigIntegerField(_("挂号费（分）"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.LOCKING)
    release_to = models.CharField(_("释放后状态"), max_length=10, blank=True, editable=False)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    # Who wanted it undone: chooses the sentence and the message when it is.
    cause = models.CharField(_("取消方"), max_length=10, choices=Cause.choices, blank=True, editable=False)
    no_show_at = models.DateTimeField(_("爽约登记时间"), null=True, blank=True)
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
