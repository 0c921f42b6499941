"""Template messages: the account's 类目模板 and WeChat's rules for every value."""

import json
import re
import time
from typing import Any

from sandbox.context import Sandbox
from sandbox.errors import WeChatError
from sandbox.wechat import push, users
from sandbox.wechat.catalogue import TEMPLATES, Template

__all__ = ["BY_ID", "check_value", "send"]

DEDUPE_SECONDS = 600
MAX_CLIENT_MSG_ID = 32


BY_ID = {template.template_id: template for template in TEMPLATES}

CHINESE = r"[\u4e00-\u9fff]"
DAY = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
TO = r"\s?[~\-—–至]\s?"
TIME = rf"{DAY}(?:\s?{CLOCK})?(?:{TO}(?:{DAY}(?:\s?{CLOCK})?|{CLOCK}))?|{CLOCK}(?:{TO}{CLOCK})?"
RULES: dict[str, tuple[str, str]] = {
    "thing": (r"[\s\S]{1,20}", "20 个以内字符"),
    "number": (r"[\d.]{1,32}", "32 位以内数字"),
    "letter": (r"[A-Za-z]{1,32}", "32 位以内字母"),
    "symbol": (r"[^\w\s]{1,5}", "5 位以内符号"),
    "character_string": (r"[\x21-\x7e ]{1,32}", "32 位以内数字、字母或符号"),
    "time": (TIME, "24 小时制时间，如 2026年12月1日 09:00"),
    "date": (TIME, "年月日，如 2026年12月1日"),
    "amount": (r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?", "一个币种符号与 10 位以内数字"),
    "phone_number": (r"[\d+\-() ]{1,17}", "17 位以内电话号码"),
    "car_number": (r"[\s\S]{1,8}", "8 位以内车牌号"),
    "name": (rf"(({CHINESE}|·){{1,10}}|[A-Za-z ·.]{{1,20}})", "10 个以内汉字或 20 个以内字母"),
    "phrase": (rf"{CHINESE}{{1,5}}", "5 个以内汉字"),
}


def check_value(keyword: str, value: object) -> str:
    """Return what is wrong with the value of a keyword such as ``thing5``, "" when it is fine."""
    kind = re.sub(r"\d+$", "", keyword)
    pattern, rule = RULES[kind]
    if not isinstance(value, str) or not value.strip() or not re.fullmatch(pattern, value):
        return f"data.{keyword}.value invalid: {rule}"
    return ""


def send(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Answer cgi-bin/message/template/send; a client_msg_id sent again within ten minutes is not shown again."""
    openid, template = str(body.get("touser", "")), BY_ID.get(str(body.get("template_id", "")))
    if users.by_openid(sandbox.store, openid) is None:
        raise WeChatError(40003, "invalid openid")
    if template is None:
        raise WeChatError(40037, "invalid template_id")
    values = _values(template, body.get("data"))
    client_msg_id = str(body["client_msg_id"]) if body.get("client_msg_id") else None
    if client_msg_id and len(client_msg_id) > MAX_CLIENT_MSG_ID:
        raise WeChatError(47003, "argument invalid! client_msg_id longer than 32")
    now = int(time.time())
    with sandbox.store.write() as db:
        if client_msg_id:
            sent = db.execute(
                "SELECT msgid FROM template_messages WHERE client_msg_id = ? AND openid = ? AND sent_unix > ?",
                (client_msg_id, openid, now - DEDUPE_SECONDS),
            ).fetchone()
            if sent is not None:
                return {"errcode": 0, "errmsg": "ok", "msgid": sent["msgid"]}
        cursor = db.execute(
            "INSERT INTO template_messages (openid, template_id, url, data, client_msg_id, sent_at, sent_unix)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                openid, template.template_id, str(body.get("url") or ""), json.dumps(values, ensure_ascii=False),
                client_msg_id, sandbox.clock.now().isoformat(), now,
            ),
        )  # fmt: skip
    push.job_finished(sandbox, openid, int(cursor.lastrowid or 0))
    return {"errcode": 0, "errmsg": "ok", "msgid": cursor.lastrowid}


def _values(template: Template, data: object) -> dict[str, str]:
    if not isinstance(data, dict):
        raise WeChatError(47003, "argument invalid! data missing")
    values = {}
    for keyword in template.keywords:
        given = data.get(keyword)
        value = given.get("value") if isinstance(given, dict) else None
        problem = check_value(keyword, value)
        if problem:
            raise WeChatError(47003, f"argument invalid! {problem}")
        values[keyword] = str(value)
    return values
