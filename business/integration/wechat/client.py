"""The official account's API: wechatpy with the stable token, one shared token store and our own way out."""

import functools
import secrets
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils import timezone
from wechatpy import WeChatClient
from wechatpy.constants import WeChatErrorCode
from wechatpy.exceptions import WeChatClientException

from business.integration.http import OutsideClient
from business.integration.models import SharedValue
from business.integration.outcomes import Refused, Unknown
from business.integration.wechat import store
from business.integration.wechat.transport import Transport

# WeChat makes a new stable token five minutes before the old one ends; asking earlier returns the old one.
TOKEN_MARGIN = timedelta(minutes=4)
FORCE_EVERY = timedelta(seconds=30)  # WeChat's limit for force_refresh
BAD_TOKEN = frozenset(
    code.value
    for code in (
        WeChatErrorCode.INVALID_CREDENTIAL,
        WeChatErrorCode.INVALID_ACCESS_TOKEN,
        WeChatErrorCode.EXPIRED_ACCESS_TOKEN,
    )
)


class PortalWeChat(WeChatClient):
    """wechatpy's client; its answers are data, its errors our outcomes."""

    def __init__(self, outside: OutsideClient, appid: str, secret: str, api_url: str) -> None:
        """Point wechatpy at our API address."""
        super().__init__(appid, secret, session=store.DatabaseSession(), auto_retry=False)
        self.API_BASE_URL = f"{api_url.rstrip('/')}/cgi-bin/"
        self._http = Transport(outside)

    @property
    def _token_name(self) -> str:
        return f"wechat:{self.appid}:access_token"

    @property
    def access_token(self) -> str:
        """Return the token that all processes share."""
        return store.read_or_fetch(self._token_name, lambda: self._fetch(force=False), margin=TOKEN_MARGIN)

    def fetch_access_token(self) -> dict[str, Any]:
        """Fetch now; only wechatpy's own code may ask for this."""
        fresh = self._fetch(force=False)
        store.write(self._token_name, fresh.value, fresh.seconds)
        return {"access_token": fresh.value, "expires_in": int(fresh.seconds)}

    def _fetch(self, *, force: bool) -> store.Fresh:
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force,
        }
        answer = self._outcome(super()._request, "post", "stable_token", data=body, params={"access_token": None})
        return store.Fresh(str(answer["access_token"]), float(answer["expires_in"]))

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        params = kwargs.pop("params", None) or {}
        sent = dict(params)  # wechatpy adds the token to it
        try:
            return self._outcome(super()._request, method, url_or_endpoint, params=sent, **kwargs)
        except Refused as refusal:
            if not refusal.code.isdigit() or int(refusal.code) not in BAD_TOKEN:
                raise
        self._replace_token(sent["access_token"])
        return self._outcome(super()._request, method, url_or_endpoint, params=dict(params), **kwargs)

    def _replace_token(self, refused_value: str) -> None:
        """Get a token that WeChat takes, after it refused ours: another process's newer one, or a forced one."""
        row = SharedValue.objects.filter(name=self._token_name).first()
        force = row is not None and row.fetched_at is not None and timezone.now() - row.fetched_at > FORCE_EVERY
        store.read_or_fetch(
            self._token_name, lambda: self._fetch(force=force), margin=timedelta(0), refused_value=refused_value
        )

    def _outcome(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = function(*args, **kwargs)
        except WeChatClientException as error:
            if error.errcode is None:
                raise Unknown("wechat: HTTP error") from error
            raise Refused(str(error.errcode), str(error.errmsg)) from error
        if not isinstance(answer, dict):
            raise Unknown("wechat: unreadable answer")
        return answer

    def send_template(
        self, *, openid: str, template_id: str, data: dict[str, str], url: str, client_msg_id: str
    ) -> str:
        """Send a template message and return WeChat's message number; the same ``client_msg_id`` is sent once.

        Raises Refused (43101 the user does not want it, 40037 no such template, 47003 a value breaks the rules,
        45009 too many) or Unknown.
        """
        body = {
            "touser": openid,
            "template_id": template_id,
            "url": url,
            "client_msg_id": client_msg_id,
            "data": {key: {"value": value} for key, value in data.items()},
        }
        if not url:
            del body["url"]
        return str(self.post("message/template/send", data=body).get("msgid", ""))

    def send_text(self, *, openid: str, text: str) -> None:
        """Send a customer-service message. Raises Refused (45015 out of time, 45047 too many) or Unknown."""
        self.post("message/custom/send", data={"touser": openid, "msgtype": "text", "text": {"content": text}})

    def private_templates(self) -> list[dict[str, Any]]:
        """Return the templates of the account: template_id, title, content with ``{{thing1.DATA}}``, example."""
        answer = self.get("template/get_all_private_template")
        rows = answer.get("template_list")
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("template_id") for row in rows):
            raise Unknown("wechat: unreadable list of templates")
        return rows

    def js_config(self, url: str) -> dict[str, str | int]:
        """Return what ``wx.config`` needs on the page at ``url`` (without its fragment)."""
        nonce, timestamp = secrets.token_hex(8), int(time.time())
        ticket = store.read_or_fetch(f"wechat:{self.appid}:jsapi_ticket", self._ticket, margin=timedelta(minutes=5))
        signature = self.jsapi.get_jsapi_signature(nonce, ticket, timestamp, url.partition("#")[0])
        return {"appId": self.appid, "timestamp": timestamp, "nonceStr": nonce, "signature": signature}

    def _ticket(self) -> store.Fresh:
        answer = self.get("ticket/getticket", params={"type": "jsapi"})
        return store.Fresh(str(answer["ticket"]), float(answer["expires_in"]))


def outside() -> OutsideClient:
    """Return this process's connection to WeChat."""
    wechat: dict[str, Any] = settings.WECHAT
    return _outside(wechat["API_URL"], float(wechat["TIMEOUT"]))


@functools.lru_cache(maxsize=4)
def _outside(url: str, timeout: float) -> OutsideClient:
    return OutsideClient("wechat", url, timeout=timeout)


@functools.lru_cache(maxsize=1)
def client() -> PortalWeChat:
    """Return the account's client, one per process; raise ImproperlyConfigured where none is set."""
    wechat: dict[str, Any] = settings.WECHAT
    for name in ("APP_ID", "SECRET"):
        if not wechat[name]:
            raise ImproperlyConfigured(f"PH_WECHAT_{name} is missing: the portal has no official account")
    return PortalWeChat(outside(), wechat["APP_ID"], wechat["SECRET"], wechat["API_URL"])


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "WECHAT":
        client.cache_clear()


setting_changed.connect(_forget)
