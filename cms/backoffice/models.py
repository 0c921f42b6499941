"""Permissions of the back office that belong to no single model; there is no table behind them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Desk(models.Model):
    """Carries the permissions for deeds; the views of records use each model's own."""

    class Meta:
        managed = False
        default_permissions = ()
        verbose_name = _("业务后台")
        verbose_name_plural = _("业务后台")
        permissions = [
            ("unmask_patient", _("查看就诊人完整信息（须填写理由，留痕）")),
            ("check_audit", _("校验操作记录是否被改动")),
            ("retry_refund", _("重新发起退款")),
            ("cancel_booking", _("替患者取消预约、登记爽约（须填写理由，留痕）")),
            ("export_bookings", _("导出预约（个人信息隐藏一部分）")),
            ("export_money", _("导出收款、退款与分录")),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
