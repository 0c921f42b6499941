"""Messages to patients and how each event maps to the hospital's own template."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.security.fields import EncryptedJSONField, EncryptedTextField
from business.security.refs import new_ref


class MessageTemplate(models.Model):
    """Which WeChat template tells of an event, and which fact fills which of its keywords (protocols.md §1.2)."""

    event = models.CharField(_("事件"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    template_id = models.CharField(_("模板编号"), max_length=80)
    mapping = models.JSONField(
        _("字段对应"), default=dict, help_text=_('模板关键词 → 我方字段，如 {"thing1": "department"}')
    )
    is_active = models.BooleanField(_("启用"), default=True)

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
        FAILED = "failed", _("发送失败")

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    account_ref = models.CharField(_("账户"), max_length=20, db_index=True)
    event = models.CharField(_("事件"), max_length=60)
    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    openid = EncryptedTextField(_("接收人"))
    title = models.CharField(_("标题"), max_length=60)
    facts = EncryptedJSONField(_("内容"))
    path = models.CharField(_("打开页面"), max_length=300, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    problem = models.CharField(_("问题"), max_length=300, blank=True)
    outside_id = models.CharField(_("微信消息号"), max_length=64, blank=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        default_permissions = ("view",)
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="message_state_created"),
            models.Index(fields=["outside_id"], name="message_outside_id"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.ref}"
