"""Django app: payments."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Configuration of the payments app."""

    name = "business.payments"
    label = "payments"
    verbose_name = _("支付")

    def ready(self) -> None:
        """Register the channels and what the outbox calls."""
        from business.payments import (
            channels,
            handlers,  # noqa: F401
        )
        from business.payments.channels import wechatpay

        channels.register(wechatpay.CODE, wechatpay.for_merchant, wechatpay.roster)
