"""Addresses under ``/-/``: fragments and actions of blocks, sign-in, notifications from outside."""

from django.urls import include, path

from blocks import islands
from blocks.campus import choose_campus
from blocks.go import go
from blocks.payments.webhooks import wechatpay_notice
from blocks.webhooks import wechat_notice

portal_patterns = [
    path("island/<int:page_pk>/<slug:block_id>/", islands.island, name="island"),
    path("action/<int:page_pk>/<slug:block_id>/<slug:name>/", islands.action, name="action"),
    path("go/<str:role>/", go, name="go"),
    path("campus/", choose_campus, name="campus"),
]

urlpatterns = [path("", include((portal_patterns, "portal")))]

# Where the outside world reaches the portal; business.payments.services.paths names the same address.
urlpatterns += [
    path("notify/wechatpay/", wechatpay_notice, name="wechatpay_notice"),
    path("notify/wechat/", wechat_notice, name="wechat_notice"),
]

# Sign-in and what else the patients' family answers by itself.
urlpatterns += [path("", include("blocks.patients.urls"))]

# Search while typing, the QR code's next minute.
urlpatterns += [path("", include("blocks.registration.urls"))]

# The check-in code's address, the queue's live line.
urlpatterns += [path("", include("blocks.visits.urls"))]

# Floors, plans, search in the directory.
urlpatterns += [path("", include("blocks.places.urls"))]
