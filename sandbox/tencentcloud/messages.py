"""Text messages that were sent, and the inbox they lie in."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.context import Sandbox

__all__ = ["TEMPLATES", "inbox", "send"]

MAINLAND = re.compile(r"\+861[3-9]\d{9}")
# Template id → approved text; {n} is the n-th parameter.
TEMPLATES = {
    "1000001": "验证码 {1}，{2} 分钟内有效。请勿告诉他人，医院工作人员不会向您索取。",
    "1000002": "{1}：{2}。详情请打开微信公众号「江城示范医院」查看。",
}
_HOLE = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True)
class Letter:
    """What is to be sent to one number."""

    phone: str
    app_id: str
    sign_name: str
    template: str
    params: list[str]
    context: str


def send(sandbox: Sandbox, letter: Letter) -> dict[str, Any]:
    """Deliver a message and return its line of SendStatusSet."""
    status = {
        "SerialNo": "", "PhoneNumber": letter.phone, "Fee": 0, "SessionContext": letter.context, "Code": "Ok",
        "Message": "send success", "IsoCode": "CN",
    }  # fmt: skip
    if code := _problem(sandbox, letter):
        return {**status, "Code": code, "Message": code}
    text = f"【{letter.sign_name}】" + _HOLE.sub(
        lambda hole: letter.params[int(hole[1]) - 1], TEMPLATES[letter.template]
    )
    with sandbox.store.write() as db:
        number = db.execute(
            "INSERT INTO text_messages (phone, text, params, at) VALUES (?, ?, ?, ?)",
            (letter.phone.removeprefix("+86"), text, "\n".join(letter.params), sandbox.clock.now().isoformat()),
        ).lastrowid
    return {**status, "SerialNo": f"5000:{number:018d}", "Fee": 1}


def _problem(sandbox: Sandbox, letter: Letter) -> str:
    if letter.app_id != sandbox.credentials.sms_app_id:
        return "UnsupportedOperation.SmsSdkAppIdVerifyFail"
    if letter.sign_name != sandbox.credentials.sms_sign_name:
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    if letter.template not in TEMPLATES:
        return "FailedOperation.TemplateIncorrectOrUnapproved"
    if len(letter.params) != len(_HOLE.findall(TEMPLATES[letter.template])):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    return "" if MAINLAND.fullmatch(letter.phone) else "InvalidParameterValue.IncorrectPhoneNumber"


def inbox(sandbox: Sandbox, phone: str = "", limit: int = 50) -> list[dict[str, Any]]:
    """Return what arrived, the newest first, of one number where asked."""
    rows = sandbox.store.all(
        "SELECT * FROM text_messages WHERE ? = '' OR phone = ? ORDER BY id DESC LIMIT ?", (phone, phone, limit)
    )
    return [{**dict(row), "params": row["params"].split("\n")} for row in rows]
