"""Notices to patients (公告): of the hospital, a department or a doctor; by staff or by the portal itself."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus, Department, Doctor
from business.security.refs import new_ref


class Notice(models.Model):
    """A short text that patients see where it matters, from one moment until another (requirements 7.1–7.3)."""

    class Kind(models.TextChoices):
        """What it is about."""

        GENERAL = "general", _("医院公告")
        REGISTRATION = "registration", _("挂号须知")
        OUTPATIENT = "outpatient", _("门诊通知")
        INPATIENT = "inpatient", _("住院通知")
        STOPPED = "stopped", _("停诊")

    class Scope(models.TextChoices):
        """Whose patients it concerns."""

        HOSPITAL = "hospital", _("全院")
        DEPARTMENT = "department", _("一个科室")
        DOCTOR = "doctor", _("一位医生")

    class Priority(models.IntegerChoices):
        """What comes first."""

        NORMAL = 0, _("一般")
        IMPORTANT = 10, _("重要")
        URGENT = 20, _("紧急")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    title = models.CharField(_("标题"), max_length=60)
    body = models.TextField(_("正文"), max_length=4000, blank=True)
    url = models.CharField(_("了解更多"), max_length=300, blank=True)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices, default=Kind.GENERAL)
    scope = models.CharField(_("范围"), max_length=20, choices=Scope.choices, default=Scope.HOSPITAL)
    campus = models.ForeignKey(
        Campus, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("院区")
    )
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("科室")
    )
    doctor = models.ForeignKey(
        Doctor, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name=_("医生")
    )
    priority = models.PositiveSmallIntegerField(_("重要程度"), choices=Priority.choices, default=Priority.NORMAL)
    on_home = models.BooleanField(_("在首页显示"), default=True)
    starts_at = models.DateTimeField(_("开始显示"), default=timezone.now)
    ends_at = models.DateTimeField(_("停止显示"), null=True, blank=True)
    is_published = models.BooleanField(_("发布"), default=True)
    # What the portal itself announced, once for each cause; empty where a person wrote it.
    source_key = models.CharField(_("来源"), max_length=120, unique=True, null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("修改时间"), auto_now=True)

    class Meta:
        verbose_name = _("公告")
        verbose_name_plural = _("公告")
        ordering = ["-priority", "-starts_at", "-pk"]
        indexes = [models.Index(fields=["is_published", "starts_at"], name="notice_published_start")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="notice_ends_after_start"
            ),
            models.CheckConstraint(
                condition=(
                    Q(scope="hospital", department__isnull=True, doctor__isnull=True)
                    | Q(scope="department", department__isnull=False, doctor__isnull=True)
                    | Q(scope="doctor", doctor__isnull=False)
                ),
                name="notice_names_its_scope",
            ),
        ]

    def __str__(self) -> str:
        return self.title
