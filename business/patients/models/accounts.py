"""Accounts: a person's entrance to the portal, how it is recognised, where it is signed in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.security.fields import EncryptedTextField
from business.security.refs import new_ref


class Account(models.Model):
    """A person's entrance to the portal; never a Django user (design.md §3)."""

    ref = models.CharField(_("公开编号"), max_length=20, unique=True, default=new_ref, editable=False)
    is_active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("患者账户")
        verbose_name_plural = _("患者账户")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.ref


class Identity(models.Model):
    """How an account is recognised at one entrance: an openid, a phone number."""

    class Kind(models.TextChoices):
        """Kinds of identity."""

        WECHAT_OPENID = "wechat_openid", _("微信公众号")
        WECHAT_UNIONID = "wechat_unionid", _("微信开放平台")
        MINI_PROGRAM_OPENID = "mini_openid", _("微信小程序")
        ALIPAY_USER = "alipay_user", _("支付宝")
        PHONE = "phone", _("手机号")

    account = models.ForeignKey(Account, models.CASCADE, related_name="identities", verbose_name=_("账户"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind.choices)
    app_id = models.CharField(_("应用"), max_length=64, blank=True)
    subject = EncryptedTextField(_("标识"))
    subject_index = models.CharField(_("标识索引"), max_length=64)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("登录标识")
        verbose_name_plural = _("登录标识")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "app_id", "subject_index"], name="identity_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.account}"


class AccountSession(models.Model):
    """A signed-in browser of an account; the cookie holds a token, the row only its digest."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="sessions", verbose_name=_("账户"))
    token_digest = models.CharField(_("令牌摘要"), max_length=64, unique=True)
    entrance = models.CharField(_("入口"), max_length=20)
    created_at = models.DateTimeField(_("登录时间"))
    seen_at = models.DateTimeField(_("最近使用"))
    ends_at = models.DateTimeField(_("最晚结束"), db_index=True)

    class Meta:
        verbose_name = _("患者会话")
        verbose_name_plural = _("患者会话")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id} {self.entrance}"
