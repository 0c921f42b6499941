"""Merchant accounts, and who may pay how."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.hospital.models import Campus


class Merchant(models.Model):
    """A merchant account at a payment channel; its secrets come from the environment, never from here."""

    class Channel(models.TextChoices):
        """Payment channels."""

        WECHATPAY = "wechatpay", _("微信支付")

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    channel = models.CharField(_("渠道"), max_length=20, choices=Channel.choices)
    mchid = models.CharField(_("商户号"), max_length=32)
    campus = models.ForeignKey(Campus, models.PROTECT, null=True, blank=True, verbose_name=_("院区"))
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("收款商户")
        verbose_name_plural = _("收款商户")

    def __str__(self) -> str:
        return self.name


class PayRule(models.Model):
    """Which ways to pay are offered: staff narrow it by entrance, order kind and campus; empty means every one.

    Of the rules that fit, those that name the most win; where none fits, the order's own merchant is offered.
    """

    class Entrance(models.TextChoices):
        """Where the patient is."""

        ANY = "", _("所有入口")
        WECHAT = "wechat", _("微信内")
        MINIPROGRAM = "mini_program", _("小程序")
        ALIPAY = "alipay", _("支付宝内")
        BROWSER = "browser", _("手机浏览器")

    entrance = models.CharField(_("入口"), max_length=20, choices=Entrance.choices, blank=True, default="")
    kind = models.CharField(_("业务类型"), max_length=30, blank=True, help_text=_("留空表示所有业务"))
    campus = models.ForeignKey(Campus, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("院区"))
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="rules", verbose_name=_("收款商户"))
    scene = models.CharField(_("支付方式"), max_length=10)
    sort = models.PositiveSmallIntegerField(_("排序"), default=10)
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("支付方式规则")
        verbose_name_plural = _("支付方式规则")
        ordering = ["sort", "id"]

    def __str__(self) -> str:
        return f"{self.merchant} · {self.scene}"
