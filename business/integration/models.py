"""What was said to the outside (call log) and what is still to be done (outbox)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.security.fields import EncryptedTextField


class CallLog(models.Model):
    """One call to or from an outside system: request, answer, time, outcome (requirement 45.1)."""

    class Outcome(models.TextChoices):
        """How it ended."""

        OK = "ok", _("成功")
        REFUSED = "refused", _("业务拒绝")
        UNKNOWN = "unknown", _("结果未知")

    class Direction(models.TextChoices):
        """Who called."""

        OUT = "out", _("我方调用")
        IN = "in", _("对方通知")

    at = models.DateTimeField(_("时间"), db_index=True)
    system = models.CharField(_("系统"), max_length=30)
    direction = models.CharField(_("方向"), max_length=3, choices=Direction.choices, default=Direction.OUT)
    operation = models.CharField(_("接口"), max_length=80)
    trade_no = models.CharField(_("交易号"), max_length=64, blank=True, db_index=True)
    request = models.TextField(_("请求（已脱敏）"), blank=True)
    answer = models.TextField(_("应答（已脱敏）"), blank=True)
    http_status = models.PositiveSmallIntegerField(_("HTTP 状态"), null=True, blank=True)
    code = models.CharField(_("返回码"), max_length=60, blank=True)
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices)
    duration_ms = models.PositiveIntegerField(_("耗时（毫秒）"))
    request_id = models.CharField(_("对方流水号"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("接口调用记录")
        verbose_name_plural = _("接口调用记录")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["system", "outcome", "-at"], name="calllog_system_outcome"),
            models.Index(fields=["request_id"], name="calllog_request_id"),
            models.Index(fields=["operation"], name="calllog_operation"),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.operation} {self.outcome}"


class OutboxItem(models.Model):
    """Follow-up work written with the business transaction; a worker does it, a sweeper repeats it."""

    class State(models.TextChoices):
        """Where the work stands."""

        PENDING = "pending", _("待处理")
        DONE = "done", _("已完成")
        DEAD = "dead", _("已放弃，需人工处理")

    topic = models.CharField(_("事项"), max_length=60)
    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    payload = models.JSONField(_("参数"), default=dict)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("已尝试次数"), default=0)
    due_at = models.DateTimeField(_("下次执行时间"))
    leased_until = models.DateTimeField(_("占用至"), null=True, blank=True)
    last_error = models.TextField(_("最近的问题"), blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("待办事项")
        verbose_name_plural = _("待办事项（发件箱）")
        ordering = ["-id"]
        default_permissions = ("view", "change")
        indexes = [models.Index(fields=["state", "due_at"], name="outbox_due")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class SharedValue(models.Model):
    """A short-lived secret that all processes share, such as WeChat's access token; encrypted at rest."""

    name = models.CharField(_("名称"), max_length=100, unique=True)
    value = EncryptedTextField(_("值"), blank=True)
    fetched_at = models.DateTimeField(_("取得时间"), null=True, blank=True)
    expires_at = models.DateTimeField(_("失效时间"), null=True, blank=True)
    leased_until = models.DateTimeField(_("正在更新至"), null=True, blank=True)

    class Meta:
        verbose_name = _("共享凭据")
        verbose_name_plural = _("共享凭据")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class WorkerBeat(models.Model):
    """A sign of life of a worker process; an old one tells staff that nothing is being delivered."""

    name = models.CharField(_("进程"), max_length=100, unique=True)
    started_at = models.DateTimeField(_("启动时间"))
    beat_at = models.DateTimeField(_("最近心跳"), db_index=True)
    done = models.PositiveBigIntegerField(_("已处理事项"), default=0)

    class Meta:
        verbose_name = _("后台进程")
        verbose_name_plural = _("后台进程")
        default_permissions = ("view",)
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
