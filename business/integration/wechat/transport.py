"""Puts wechatpy on our own way out: it calls this object where it would call ``requests``."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import requests

from business.integration.http import Call, OutsideClient, Response
from business.integration.outcomes import Refused, Unknown
from business.security.masking import mask_json

REAL_API = "https://api.weixin.qq.com"
HTTP_ERROR = 400
BUSY = -1  # 系统繁忙: says nothing of what happened


def mask(value: Any) -> Any:
    """Mask what WeChat calls carry: one-time codes, and the words of messages."""
    if not isinstance(value, Mapping):
        return mask_json(value)
    masked = mask_json(value)
    if "code" in masked:
        masked["code"] = "***"
    if isinstance(masked.get("data"), Mapping):
        masked["data"] = {k: f"({len(str(v.get('value', '')))} 字)" for k, v in value["data"].items()}
    return masked


class Answer:
    """The part of ``requests.Response`` that wechatpy reads."""

    request = None

    def __init__(self, response: Response) -> None:
        """Wrap what came back."""
        self.content = response.content
        self.status_code = response.status

    def raise_for_status(self) -> None:
        """Raise what wechatpy catches."""
        if self.status_code >= HTTP_ERROR:
            raise requests.HTTPError(f"HTTP {self.status_code}")

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.content)


class Transport:
    """Stands where wechatpy keeps its ``requests.Session``."""

    def __init__(self, outside: OutsideClient) -> None:
        """Keep the connection."""
        self._outside = outside

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        files: Any = None,
        timeout: Any = None,
        **kwargs: Any,
    ) -> Answer:
        """Send one request; WeChat's errcode decides the outcome in the log, wechatpy decides what follows."""
        if kwargs:
            raise TypeError(f"not carried by this transport: {sorted(kwargs)}")
        path = url.removeprefix(REAL_API) if url.startswith(f"{REAL_API}/") else self._outside.path_of(url)
        body = data.encode() if isinstance(data, str) else data
        headers = {"content-type": "application/json; charset=utf-8"} if body else {}
        if files:
            form = httpx.Request(method.upper(), REAL_API, files=files)  # only to write the multipart body
            body, headers = form.read(), {"content-type": form.headers["content-type"]}
        operation = path.strip("/").removeprefix("cgi-bin/").replace("/", ".")
        response: Response | None = None
        try:
            with self._outside.call(operation, trade_no="" if files else _message_id(body), mask=mask) as call:
                response = call.request(method.upper(), path, content=body, params=params, headers=headers)
                _judge(call, response)
        except Refused:
            pass
        if response is None:
            raise Unknown(operation)
        return Answer(response)

    def get(self, url: str, **kwargs: Any) -> Answer:
        """Send a GET."""
        return self.request("get", url, **kwargs)


def _message_id(body: bytes | None) -> str:
    try:
        return str(json.loads(body).get("client_msg_id", "")) if body else ""
    except (ValueError, AttributeError):
        return ""


def _judge(call: Call, response: Response) -> None:
    answer = response.json()
    errcode = int(answer.get("errcode", 0))
    call.code = str(errcode)
    if errcode == BUSY:
        raise Unknown(f"{call.operation}: WeChat is busy (-1)")
    if errcode or response.status >= HTTP_ERROR:
        raise Refused(str(errcode), str(answer.get("errmsg", "")))
