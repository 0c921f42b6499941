"""The hospital's scanners, and what they read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus
from business.patients.models.people import Patient
from business.security.fields import EncryptedTextField
from business.security.refs import new_ref


class Purpose(models.TextChoices):
    """What a scanned code is for; telling who somebody is uses no code up."""

    CHECK_IN = "check_in", _("报到")
    PAY = "pay", _("缴费")
    COLLECT = "collect", _("取药、取报告")
    IDENTIFY = "identify", _("核对身份")


def every_purpose() -> list[str]:
    """Return all purposes: what a device may do unless staff say otherwise."""
    return list(Purpose.values)


class Device(models.Model):
    """A kiosk, a counter or a scanner with a key of its own."""

    ref = models.CharField(_("设备编号"), max_length=20, unique=True, default=new_ref, editable=False)
    name = models.CharField(_("名称"), max_length=60)
    campus = models.ForeignKey(Campus, models.PROTECT, null=True, blank=True, verbose_name=_("院区"))
    place = models.CharField(_("位置"), max_length=100, blank=True)
    purposes = models.JSONField(_("用途"), default=every_purpose)
    secret = EncryptedTextField(_("密钥"), editable=False)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"), auto_now_add=True)
    seen_at = models.DateTimeField(_("最近使用"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("扫码设备")
        verbose_name_plural = _("扫码设备")
        default_permissions = ("view", "add", "change")
        ordering = ["-is_active", "name"]

    def __str__(self) -> str:
        return self.name


class DeviceNonce(models.Model):
    """A nonce that a device has used; kept for as long as its timestamp would be accepted."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("设备请求")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["device", "nonce"], name="device_nonce_once")]

    def __str__(self) -> str:
        return self.nonce


class Scan(models.Model):
    """A code that a device read and was told of; ``code_digest`` is unique while the code is used up by it."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="scans", verbose_name=_("设备"))
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="scans", verbose_name=_("就诊人"))
    purpose = models.CharField(_("用途"), max_length=10, choices=Purpose.choices)
    code_digest = models.CharField(_("二维码摘要"), max_length=64, unique=True, null=True, editable=False)
    request_no = models.CharField(_("设备请求号"), max_length=64, blank=True)
    at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("扫码记录")
        verbose_name_plural = _("扫码记录")
        default_permissions = ("view",)
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_purpose_display()}"
