"""Where channels reach the portal; cms.urls serves it."""

NOTIFY_PATH = "/-/notify/wechatpay/"
