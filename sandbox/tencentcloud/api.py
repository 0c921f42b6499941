"""HTTP face of sms.tencentcloudapi.com (under /sms/) and faceid.tencentcloudapi.com (under /realname/)."""

import json
import secrets
from typing import Any

from flask import Blueprint, Response, render_template, request

from sandbox.context import current
from sandbox.errors import CloudError
from sandbox.tencentcloud import citizens, messages
from sandbox.tencentcloud.signature import check
from sandbox.wire import raw_target

__all__ = ["pages", "realname", "sms"]

sms = Blueprint("sms", __name__, url_prefix="/sms")
realname = Blueprint("realname", __name__, url_prefix="/realname")
pages = Blueprint("text_messages", __name__, url_prefix="/phone")


def _answer(data: dict[str, Any]) -> Response:
    body = json.dumps({"Response": {**data, "RequestId": secrets.token_hex(16)}}, ensure_ascii=False)
    return Response(body, mimetype="application/json")


@sms.errorhandler(CloudError)
@realname.errorhandler(CloudError)
def cloud_error(error: CloudError) -> Response:
    """Answer an error inside, status 200, as version 3 of the interface does."""
    return _answer({"Error": {"Code": error.code, "Message": error.message}})


def _body(service: str, version: str, action: str) -> dict[str, Any]:
    given = current().credentials
    check(
        {name.lower(): value for name, value in request.headers.items()},
        target=raw_target(),
        body=request.get_data(),
        service=service,
        secret_id=given.tencent_secret_id,
        secret_key=given.tencent_secret_key,
    )
    if request.headers.get("X-TC-Version") != version:
        raise CloudError("NoSuchVersion", "X-TC-Version 不存在")
    if action and request.headers.get("X-TC-Action") != action:
        raise CloudError("InvalidAction", "X-TC-Action 不存在")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise CloudError("InvalidRequest", "请求体应为 JSON 对象")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise CloudError("MissingParameter", f"缺少 {name}")
    return value


@sms.post("/")
def send() -> Response:
    """SendSms."""
    body = _body("sms", "2021-01-11", "SendSms")
    phones = body.get("PhoneNumberSet")
    if not isinstance(phones, list) or not phones:
        raise CloudError("MissingParameter", "缺少 PhoneNumberSet")
    if not request.headers.get("X-TC-Region"):
        raise CloudError("MissingParameter", "缺少 X-TC-Region")
    sent = [
        messages.send(
            current(),
            messages.Letter(
                phone=str(phone),
                app_id=_text(body, "SmsSdkAppId"),
                sign_name=str(body.get("SignName", "")),
                template=_text(body, "TemplateId"),
                params=[str(one) for one in body.get("TemplateParamSet") or []],
                context=str(body.get("SessionContext", "")),
            ),
        )
        for phone in phones
    ]
    return _answer({"SendStatusSet": sent})


@realname.post("/")
def check_name() -> Response:
    """IdCardVerification and PhoneVerification."""
    body = _body("faceid", "2018-03-01", "")
    number, name = _text(body, "IdCard"), _text(body, "Name")
    match request.headers.get("X-TC-Action"):
        case "IdCardVerification":
            code, words = citizens.verdict_on_document(current(), number, name)
        case "PhoneVerification":
            code, words = citizens.verdict_on_phone(current(), number, name, _text(body, "Phone"))
        case _:
            raise CloudError("InvalidAction", "X-TC-Action 不存在")
    return _answer({"Result": code, "Description": words})


@pages.get("/sms/")
def show() -> str:
    """短信: what arrived at every number, or at ``?phone=``."""
    phone = request.args.get("phone", "").strip()
    return render_template("text_messages.html", phone=phone, messages=messages.inbox(current(), phone))
