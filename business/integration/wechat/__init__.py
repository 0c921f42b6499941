"""The WeChat official account, through wechatpy (protocols.md §1)."""

from business.integration.wechat.client import PortalWeChat, client
from business.integration.wechat.oauth import SnapshotUser, WeChatUser, authorize_url, user_from_code

__all__ = ["PortalWeChat", "SnapshotUser", "WeChatUser", "authorize_url", "client", "user_from_code"]
