"""The audit trail: who did what, when, from where, to what, with what result (T12, T13); and counters of limits."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEvent(models.Model):
    """One thing that somebody did; written once, never changed, chained by HMAC-SM3 to the one before."""

    class ActorKind(models.TextChoices):
        """Who acts."""

        STAFF = "staff", _("工作人员")
        ACCOUNT = "account", _("患者账户")
        SYSTEM = "system", _("系统")

    class Result(models.TextChoices):
        """How it ended."""

        OK = "ok", _("成功")
        DENIED = "denied", _("拒绝")
        FAILED = "failed", _("失败")

    at = models.DateTimeField(_("时间"), db_index=True)
    actor_kind = models.CharField(_("身份"), max_length=10, choices=ActorKind.choices)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("工作人员")
    )
    actor = models.CharField(_("操作人"), max_length=100, help_text=_("登录名、账户编号或程序名"))
    source_ip = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)
    event = models.CharField(_("事件"), max_length=60, db_index=True)
    object_type = models.CharField(_("对象类型"), max_length=60, blank=True)
    object_ref = models.CharField(_("对象编号"), max_length=64, blank=True, db_index=True)
    result = models.CharField(_("结果"), max_length=10, choices=Result.choices, default=Result.OK)
    detail = models.JSONField(_("详情（已脱敏）"), default=dict, blank=True)
    seal = models.CharField(_("校验值"), max_length=64, editable=False)

    class Meta:
        verbose_name = _("操作记录")
        verbose_name_plural = _("操作记录")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.event}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Refuse a second save: the trail only grows."""
        if self.pk:
            raise TypeError("an audit event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse: the trail only grows."""
        raise TypeError("an audit event is never deleted")


class AuditChain(models.Model):
    """The end of the chain; its row lock puts concurrent writers in order."""

    name = models.CharField(max_length=20, primary_key=True)
    last_seal = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("审计链")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Allowance(models.Model):
    """How much of a limit is used in a window, or until when a pause lasts (``business.security.limits``)."""

    key = models.CharField(max_length=100, unique=True)
    used = models.PositiveIntegerField(default=0)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("频次计数")
        verbose_name_plural = _("频次计数")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
