"""Phone numbers proved by a code, and every code that was sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.patients.models.accounts import Account
from business.security.fields import EncryptedTextField
from business.security.refs import new_ref


class PhoneProof(models.Model):
    """Whether an account has shown that it reads the messages of a number; holds only a digest of the code."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="phone_proofs", verbose_name=_("账户"))
    phone_index = models.CharField(_("手机索引"), max_length=64)
    # Empty once the code is used: a code proves one thing once.
    code_digest = models.CharField(_("验证码摘要"), max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(_("已尝试次数"), default=0)
    expires_at = models.DateTimeField(_("验证码失效时间"), db_index=True)
    proved_at = models.DateTimeField(_("验证时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("手机号验证")
        verbose_name_plural = _("手机号验证")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "phone_index"], name="phone_proof_once")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.phone_index[:8]}"


class CodeMessage(models.Model):
    """A code that was sent, without the code: what staff look at when a patient says that none came."""

    class State(models.TextChoices):
        """What became of it."""

        QUEUED = "queued", _("发送中")
        SENT = "sent", _("已发送")
        REFUSED = "refused", _("通道拒绝")
        UNKNOWN = "unknown", _("结果未知")

    ref = models.CharField(_("编号"), max_length=20, unique=True, default=new_ref, editable=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="+", verbose_name=_("账户"))
    phone = EncryptedTextField(_("手机号"))
    phone_index = models.CharField(_("手机索引"), max_length=64, db_index=True)
    source_ip = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.QUEUED)
    problem = models.CharField(_("问题"), max_length=200, blank=True)
    serial = models.CharField(_("通道流水号"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("验证码短信")
        verbose_name_plural = _("验证码短信")
        default_permissions = ("view",)
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.ref
