"""What about money a person must look at."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.payments.models.orders import Order


class Incident(models.Model):
    """Something about money that a person must look at (the exception list, I6)."""

    class State(models.TextChoices):
        """Whether somebody has dealt with it."""

        OPEN = "open", _("待处理")
        RESOLVED = "resolved", _("已处理")

    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    kind = models.CharField(_("类型"), max_length=40)
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="incidents", verbose_name=_("订单")
    )
    sentence = models.CharField(_("说明"), max_length=300)
    detail = models.JSONField(_("详情（已脱敏）"), default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    resolution = models.CharField(_("处理说明"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("发现时间"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("资金异常")
        verbose_name_plural = _("资金异常")
        default_permissions = ("view", "change")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], name="incident_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
