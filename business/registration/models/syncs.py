"""What each synchronisation with HIS found (同步记录)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SyncRun(models.Model):
    """One run: full (everything of the days that can be booked) or incremental (what changed since the cursor)."""

    class Kind(models.TextChoices):
        """How much was asked for."""

        FULL = "full", _("全量")
        INCREMENTAL = "increment", _("增量")

    class State(models.TextChoices):
        """How it ended."""

        OK = "ok", _("成功")
        FAILED = "failed", _("失败")

    kind = models.CharField(_("方式"), max_length=10, choices=Kind.choices)
    actor = models.CharField(_("发起"), max_length=100, default="system")
    state = models.CharField(_("结果"), max_length=10, choices=State.choices)
    first_day = models.DateField(_("起始日期"))
    last_day = models.DateField(_("结束日期"))
    # The newest change HIS told of, by HIS's own clock: the next incremental run asks from here.
    cursor = models.DateTimeField(_("游标"), null=True, blank=True)
    schedules_seen = models.PositiveIntegerField(_("HIS 排班"), default=0)
    slots_seen = models.PositiveIntegerField(_("HIS 号源"), default=0)
    schedules_changed = models.PositiveIntegerField(_("排班变化"), default=0)
    slots_changed = models.PositiveIntegerField(_("号源变化"), default=0)
    # Up to LONGEST_LIST lines {"what", "code", "change", "before", "after", "booked"}; see business.registration.sync.
    differences = models.JSONField(_("差异"), default=list, blank=True)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("开始"), default=timezone.now)
    ended_at = models.DateTimeField(_("结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("同步记录")
        verbose_name_plural = _("同步记录")
        default_permissions = ("view", "add")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"], name="sync_run_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.started_at:%Y-%m-%d %H:%M}"
