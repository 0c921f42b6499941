"""What WeChat tells the official account: verified, then a chat window opened or a message's fate noted.

Plain and secure mode (protocols.md §1.1): the signature is over token, timestamp, nonce (and the encrypted text).
"""

import hashlib
import logging
import time
from collections.abc import Mapping
from typing import Any

import xmltodict
from django.conf import settings
from django.db import transaction
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException

from business.integration import outbox
from business.messaging import windows
from business.messaging.models import ChatWindow
from business.security import crypto

logger = logging.getLogger(__name__)

FRESH_SECONDS = 600
LONGEST_BODY = 64_000
TOUCHES = frozenset({"subscribe", "SCAN", "CLICK"})


class NotFromWeChat(Exception):
    """The signature is wrong or old, or the account has no token set."""


def check_signature(params: Mapping[str, str]) -> None:
    """Hold ``signature`` to token, timestamp and nonce; raise NotFromWeChat."""
    token = str(settings.WECHAT.get("TOKEN") or "")
    timestamp, nonce = params.get("timestamp", ""), params.get("nonce", "")
    expected = hashlib.sha1("".join(sorted([token, timestamp, nonce])).encode()).hexdigest()  # noqa: S324  # WeChat's
    fresh = timestamp.isascii() and timestamp.isdigit() and abs(time.time() - int(timestamp)) <= FRESH_SECONDS
    if not token or not fresh or not crypto.same(expected, params.get("signature", "")):
        raise NotFromWeChat


def receive(params: Mapping[str, str], body: bytes) -> None:
    """Take one notice of WeChat; repeatable. Raises NotFromWeChat; what we have no use for is passed over."""
    check_signature(params)
    said = _read(params, body)
    openid, kind = str(said.get("FromUserName") or ""), str(said.get("MsgType") or "")
    event = str(said.get("Event") or "")
    if kind != "event":
        windows.open_window(openid, ChatWindow.Kind.WROTE)
    elif event in TOUCHES:
        windows.open_window(openid, ChatWindow.Kind.TOUCHED)
    elif event == "TEMPLATESENDJOBFINISH":
        outside_id = str(said.get("MsgID") or said.get("MsgId") or "")[:64]
        status = str(said.get("Status") or "")[:60]
        with transaction.atomic():
            outbox.enqueue(
                "messaging.finished", {"outside_id": outside_id, "status": status}, key=f"messaging.job:{outside_id}"
            )


def _read(params: Mapping[str, str], body: bytes) -> dict[str, Any]:
    if len(body) > LONGEST_BODY:
        raise NotFromWeChat
    try:
        text = body.decode()
        if params.get("encrypt_type") == "aes":
            wechat = settings.WECHAT
            text = WeChatCrypto(wechat["TOKEN"], wechat["AES_KEY"], wechat["APP_ID"]).decrypt_message(
                text, params.get("msg_signature", ""), params.get("timestamp", ""), params.get("nonce", "")
            )
        parsed = xmltodict.parse(text)["xml"]
    except (InvalidSignatureException, InvalidAppIdException) as error:
        raise NotFromWeChat from error
    except Exception as error:
        # Signed with our token and still not readable: a wrong AES key, or no XML.
        logger.warning("an unreadable notice of WeChat: %s", type(error).__name__)
        raise NotFromWeChat from error
    return dict(parsed) if isinstance(parsed, Mapping) else {}
