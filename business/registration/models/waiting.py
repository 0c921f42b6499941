"""Waiting for a number of a full clinic (候补), and following a doctor (关注)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Doctor
from business.patients.models import Account, Patient
from business.registration.models.appointments import Appointment
from business.registration.models.schedules import Schedule
from business.security.refs import new_ref


class WaitingEntry(models.Model):
    """A patient in the line for a clinic; an offer is an appointment held for them."""

    class State(models.TextChoices):
        """Where the entry stands."""

        WAITING = "waiting", _("候补中")
        OFFERED = "offered", _("已到号，待确认")
        BOOKED = "booked", _("候补成功")
        LAPSED = "lapsed", _("到号未确认")
        LEFT = "left", _("已退出")
        OVER = "over", _("未候补到")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="waiting", verbose_name=_("账户"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="waiting", verbose_name=_("就诊人"))
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="line", verbose_name=_("排班"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.WAITING)
    # "<person>:<schedule>" while the entry lives: the database holds one person in a line once.
    claim = models.CharField(_("唯一占用"), max_length=80, unique=True, null=True, editable=False)
    # The number held for this entry. Its claim on the slot is the appointment's: never two offers of one number.
    offer = models.OneToOneField(
        Appointment, models.PROTECT, null=True, blank=True, related_name="waiting_entry", verbose_name=_("到号预约")
    )
    until = models.DateTimeField(_("候补截止"))
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    joined_at = models.DateTimeField(_("加入时间"), auto_now_add=True)
    offered_at = models.DateTimeField(_("到号时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("候补")
        verbose_name_plural = _("候补")
        default_permissions = ("view", "change")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["schedule", "state", "id"], name="waiting_line"),
            models.Index(fields=["state", "until"], name="waiting_until"),
        ]

    def __str__(self) -> str:
        return self.ref


class DoctorFollow(models.Model):
    """An account follows a doctor, and may want to hear when there are numbers again (26.1)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="follows", verbose_name=_("账户"))
    doctor = models.ForeignKey(Doctor, models.CASCADE, related_name="follows", verbose_name=_("医生"))
    wants_notice = models.BooleanField(_("有号时通知"), default=False)
    had_slots = models.BooleanField(_("上次查看时有号"), default=True, editable=False)
    followed_at = models.DateTimeField(_("关注时间"), auto_now_add=True)
    notified_at = models.DateTimeField(_("最近通知"), null=True, blank=True)

    class Meta:
        verbose_name = _("关注的医生")
        verbose_name_plural = _("关注的医生")
        default_permissions = ()
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["account", "doctor"], name="doctor_follow_once")]
        indexes = [models.Index(fields=["wants_notice", "doctor"], name="doctor_follow_notice")]

    def __str__(self) -> str:
        return f"{self.account} {self.doctor}"
