"""The one address these tests need."""

from django.urls import path

from blocks.payments.webhooks import wechatpay_notice

urlpatterns = [path("-/notify/wechatpay/", wechatpay_notice)]
