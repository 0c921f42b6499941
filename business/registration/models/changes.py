"""Changes of a clinic that patients must hear of (停诊、换医生、改地点), with what was done for each of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Doctor
from business.registration.models.appointments import Appointment
from business.registration.models.schedules import Schedule
from business.security.refs import new_ref


class ClinicChange(models.Model):
    """One change of one clinic, by staff or by HIS; the same path for both."""

    class Kind(models.TextChoices):
        """What changes."""

        STOP = "stop", _("停诊")
        DOCTOR = "doctor", _("换医生")
        ROOM = "room", _("改地点")
        REOPEN = "reopen", _("恢复出诊")

    class Origin(models.TextChoices):
        """Who decided."""

        STAFF = "staff", _("本平台")
        HIS = "his", _("HIS")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    schedule = models.ForeignKey(Schedule, models.PROTECT, related_name="changes", verbose_name=_("排班"))
    kind = models.CharField(_("变更"), max_length=10, choices=Kind.choices)
    origin = models.CharField(_("来源"), max_length=5, choices=Origin.choices, default=Origin.STAFF)
    from_at = models.DateTimeField(_("此时起"), null=True, blank=True)
    doctor_before = models.ForeignKey(Doctor, models.PROTECT, null=True, blank=True, related_name="+")
    doctor_after = models.ForeignKey(Doctor, models.PROTECT, null=True, blank=True, related_name="+")
    place_before = models.CharField(_("原地点"), max_length=100, blank=True)
    place_after = models.CharField(_("新地点"), max_length=100, blank=True)
    reason = models.CharField(_("原因"), max_length=100, blank=True, help_text=_("会写进给患者的通知"))
    actor = models.CharField(_("操作人"), max_length=100)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("停诊与变更")
        verbose_name_plural = _("停诊与变更")
        default_permissions = ("view", "add")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.schedule}"


class AffectedBooking(models.Model):
    """What a change means for one patient: its own work, repeatable, visible, retried one by one."""

    class State(models.TextChoices):
        """How far it is."""

        PENDING = "pending", _("处理中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("需人工处理")

    change = models.ForeignKey(ClinicChange, models.PROTECT, related_name="affected", verbose_name=_("变更"))
    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="changes", verbose_name=_("预约"))
    was_paid = models.BooleanField(_("已支付"), default=False)
    state = models.CharField(_("处理"), max_length=10, choices=State.choices, default=State.PENDING)
    outcome = models.CharField(_("结果"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("受影响的预约")
        verbose_name_plural = _("受影响的预约")
        default_permissions = ("view", "change")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["change", "appointment"], name="affected_booking_once")]

    def __str__(self) -> str:
        return f"{self.change} {self.appointment}"
