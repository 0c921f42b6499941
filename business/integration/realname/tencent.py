"""Real-name checks through Tencent Cloud (IdCardVerification, PhoneVerification, version 2018-03-01)."""

from typing import Any

from business.integration.outcomes import Unknown
from business.integration.realname.port import Verdict
from business.integration.tencentcloud import TencentCloud
from business.security.masking import mask_id_number, mask_json, mask_name, mask_phone

VERSION = "2018-03-01"
# Result codes that decide something; every other one (busy, upgrading, over the day's limit) leaves it open.
DOCUMENT = {"0": Verdict.MATCH, "-1": Verdict.MISMATCH, "-2": Verdict.MISMATCH, "-5": Verdict.NO_RECORD}
PHONE = {"0": Verdict.MATCH, "-4": Verdict.MISMATCH, "-7": Verdict.MISMATCH, "-9": Verdict.NO_RECORD}
_MASKS = {"IdCard": mask_id_number, "Name": mask_name, "Phone": mask_phone}


def mask(value: Any) -> Any:
    """Hide whom the question is about."""
    if not isinstance(value, dict):
        return mask_json(value)
    return {key: _MASKS[key](one) if key in _MASKS else mask_json(one, key.lower()) for key, one in value.items()}


class TencentRealName:
    """Speaks both actions; see ``RealNamePort``."""

    def __init__(self, cloud: TencentCloud) -> None:
        """Keep the connection."""
        self._cloud = cloud

    def check(self, *, name: str, id_number: str, phone: str = "", reference: str) -> Verdict:
        """Ask about name and number, or about all three where ``phone`` is given."""
        action, body, verdicts = "IdCardVerification", {"IdCard": id_number, "Name": name}, DOCUMENT
        if phone:
            action, body, verdicts = "PhoneVerification", {**body, "Phone": phone}, PHONE
        with self._cloud.call("check", trade_no=reference, mask=mask) as call:
            call.code = str(self._cloud.ask(call, action, body)["Result"])
            verdict = verdicts.get(call.code)
            if verdict is None:
                raise Unknown(f"realname.{action}: result {call.code}")
            return verdict
