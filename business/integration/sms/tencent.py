"""Text messages through Tencent Cloud (SendSms, version 2021-01-11)."""

from collections.abc import Sequence
from typing import Any

from business.integration.outcomes import Refused
from business.integration.tencentcloud import TencentCloud
from business.security.masking import mask_json, mask_phone

VERSION = "2021-01-11"


def mask(value: Any) -> Any:
    """Hide numbers and what the message says: it may be a code that opens something."""
    if isinstance(value, dict):
        hidden: dict[str, Any] = {}
        for key, one in value.items():
            if key == "PhoneNumberSet" and isinstance(one, list):
                hidden[key] = [mask_phone(str(number)[-11:]) for number in one]
            elif key == "PhoneNumber":
                hidden[key] = mask_phone(str(one)[-11:])
            elif key == "TemplateParamSet":
                hidden[key] = "***"
            else:
                hidden[key] = mask(one)
        return hidden
    return [mask(one) for one in value] if isinstance(value, list) else mask_json(value)


class TencentSms:
    """Speaks SendSms; see ``SmsPort``."""

    def __init__(self, cloud: TencentCloud, *, app_id: str, sign_name: str) -> None:
        """``app_id`` is the SdkAppId, ``sign_name`` the approved signature without its brackets."""
        self._cloud, self._app_id, self._sign_name = cloud, app_id, sign_name

    def send(self, *, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        """Send one message and return its serial number."""
        body = {
            "PhoneNumberSet": [f"+86{phone}"],
            "SmsSdkAppId": self._app_id,
            "SignName": self._sign_name,
            "TemplateId": template,
            "TemplateParamSet": list(params),
            "SessionContext": reference,
        }
        with self._cloud.call("send", trade_no=reference, mask=mask) as call:
            status = self._cloud.ask(call, "SendSms", body)["SendStatusSet"][0]
            call.code = str(status["Code"])
            if call.code != "Ok":
                raise Refused(call.code, str(status.get("Message", "")))
            return str(status["SerialNo"])
