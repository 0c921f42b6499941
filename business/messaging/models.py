"""Messages to patients, how each event maps to the hospital's own template, and what became of each message."""

from datetime import time

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from business.security.fields import EncryptedJSONField, EncryptedTextField
from business.security.refs import new_ref


class Way(models.TextChoices):
    """How a message reaches a patient, in the order in which it is tried."""

    TEMPLATE = "template", _("模板消息")
    CHAT = "chat", _("客服消息")
    SMS = "sms", _("短信")


class MessageRule(models.Model):
    """What the hospital decides about messages as a whole; one row."""

    quiet_from = models.TimeField(_("夜间免打扰从"), default=time(22), help_text=_("与结束时间相同即不设免打扰"))
    quiet_to = models.TimeField(_("夜间免打扰到"), default=time(7))
    use_chat = models.BooleanField(
        _("模板消息发不出时改发客服消息"), default=True, help_text=_("患者 48 小时内与公众号互动过才发得出")
    )
    use_sms = models.BooleanField(
        _("微信发不出时改发短信"), default=False, help_text=_("按条计费；还需在各事件里填写短信模板")
    )

    class Meta:
        verbose_name = _("消息规则")
        verbose_name_plural = _("消息规则")
        default_permissions = ("view", "change")

    def __str__(self) -> str:
        return str(_("消息规则"))


class WeChatTemplate(models.Model):
    """A template of the hospital's own official account, as WeChat last listed it."""

    template_id = models.CharField(_("模板编号"), max_length=80, unique=True)
    title = models.CharField(_("标题"), max_length=60)
    keywords = models.JSONField(_("关键词"), default=dict)
    example = models.TextField(_("示例"), blank=True)
    is_listed = models.BooleanField(_("微信仍有此模板"), default=True)
    fetched_at = models.DateTimeField(_("读取时间"))

    class Meta:
        verbose_name = _("公众号模板")
        verbose_name_plural = _("公众号模板")
        default_permissions = ()
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title


class MessageTemplate(models.Model):
    """Which WeChat template tells of an event, and which fact fills which of its keywords (protocols.md §1.2)."""

    event = models.CharField(_("事件"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    template_id = models.CharField(_("模板编号"), max_length=80, blank=True)
    mapping = models.JSONField(
        _("字段对应"), default=dict, blank=True, help_text=_('模板关键词 → 我方字段，如 {"thing1": "department"}')
    )
    at_night = models.BooleanField(_("夜间也发送"), default=False, help_text=_("不受夜间免打扰限制，如叫号、停诊"))
    sms_template = models.CharField(
        _("短信模板编号"), max_length=40, blank=True, help_text=_("微信发不出时改发这条短信；不填则不发短信")
    )
    sms_facts = models.JSONField(_("短信参数"), default=list, blank=True)
    is_active = models.BooleanField(_("启用"), default=True, help_text=_("停用后只在门户的消息列表里显示"))

    class Meta:
        verbose_name = _("消息模板")
        verbose_name_plural = _("消息模板")

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One message to one account and what became of it."""

    class State(models.TextChoices):
        """The message's fate."""

        PENDING = "pending", _("待发送")
        SENT = "sent", _("已发送")
        DELIVERED = "delivered", _("已送达")
        PORTAL = "portal", _("仅在门户显示")
        FAILED = "failed", _("发送失败")
        WITHDRAWN = "withdrawn", _("已撤回")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    account_ref = models.CharField(_("账户"), max_length=20)
    event = models.CharField(_("事件"), max_length=60)
    # What the message is about: what is not sent yet is withdrawn by it when the thing ends.
    subject = models.CharField(_("业务编号"), max_length=40, blank=True, db_index=True)
    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    openid = EncryptedTextField(_("接收人"))
    title = models.CharField(_("标题"), max_length=60)
    facts = EncryptedJSONField(_("内容"))
    path = models.CharField(_("打开页面"), max_length=300, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    way = models.CharField(_("送达方式"), max_length=10, choices=Way.choices, blank=True)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    outside_id = models.CharField(_("微信消息号"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    due_at = models.DateTimeField(_("计划发送"), default=timezone.now)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("送达时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        default_permissions = ("view",)
        ordering = ["-due_at", "-id"]
        indexes = [
            models.Index(fields=["account_ref", "-due_at"], name="message_account_due"),
            models.Index(fields=["state", "created_at"], name="message_state_created"),
            models.Index(fields=["outside_id"], name="message_outside_id"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.ref}"


class MessageTry(models.Model):
    """What became of a message on one way."""

    class Outcome(models.TextChoices):
        """How it stands."""

        SENT = "sent", _("已发出")
        WAITING = "waiting", _("没有应答，重发")
        REFUSED = "refused", _("被拒绝")
        DELIVERED = "delivered", _("已送达")
        UNDELIVERED = "undelivered", _("未送达")

    message = models.ForeignKey(Message, models.CASCADE, related_name="tries", verbose_name=_("消息"))
    way = models.CharField(_("方式"), max_length=10, choices=Way.choices)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome.choices)
    times = models.PositiveSmallIntegerField(_("次数"), default=0)
    code = models.CharField(_("返回码"), max_length=40, blank=True)
    problem = models.CharField(_("原因"), max_length=300, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("发送记录")
        verbose_name_plural = _("发送记录")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["message", "way"], name="message_way_once")]

    def __str__(self) -> str:
        return f"{self.message} {self.way}"


class ChatWindow(models.Model):
    """A stretch of time in which WeChat lets us write to a person freely (protocols.md §1.1, customer service)."""

    class Kind(models.TextChoices):
        """What opened it."""

        WROTE = "wrote", _("发来消息")
        TOUCHED = "touched", _("点菜单、关注或扫码")
        PAID = "paid", _("支付成功")

    openid_index = models.CharField(_("接收人索引"), max_length=64)
    kind = models.CharField(_("起因"), max_length=10, choices=Kind.choices)
    until = models.DateTimeField(_("到期"), db_index=True)
    left = models.PositiveSmallIntegerField(_("还可发送"))

    class Meta:
        verbose_name = _("互动窗口")
        verbose_name_plural = _("互动窗口")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["openid_index", "kind"], name="chat_window_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.until}"
