"""Text messages and real-name checks: signed as Tencent Cloud wants, ended as our outcomes say, logged in part."""

import pytest

from business.integration import realname, sms
from business.integration.models import CallLog
from business.integration.outcomes import NotSent, Refused, Unknown
from business.integration.realname import Verdict
from business.integration.tencentcloud import authorization
from tests.factories import resident_id

pytestmark = pytest.mark.django_db


def send(phone: str = "13871326620", code: str = "246810") -> str:
    return sms.client().send(phone=phone, template="1000001", params=[code, "5"], reference="ref-1")


def test_the_signature_is_that_of_the_published_example() -> None:
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'

    header = authorization(
        secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret_key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        service="cvm",
        host="cvm.tencentcloudapi.com",
        target="/",
        body=body,
        timestamp=1551113065,
    )

    assert header.endswith("Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168")


def test_a_message_arrives_and_its_code_stands_in_no_log(sandbox) -> None:
    serial = send()

    arrived = sandbox.control("GET", "sms?phone=13871326620")[0]
    assert serial.startswith("5000:")
    assert "【江城示范医院】验证码 246810，5 分钟内有效" in arrived["text"]
    row = CallLog.objects.get(system="sms")
    assert (row.outcome, row.code, row.trade_no) == ("ok", "Ok", "ref-1")
    assert "246810" not in row.request + row.answer
    assert "13871326620" not in row.request + row.answer
    assert "138****6620" in row.request


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        ({"kind": "refuse", "code": "FailedOperation.PhoneNumberInBlacklist"}, Refused),
        ({"kind": "http"}, Unknown),
        ({"kind": "drop_after"}, Unknown),
        ({"kind": "garbage"}, Unknown),
    ],
)
def test_a_message_that_does_not_go_through_says_so(sandbox, fault, ending) -> None:
    sandbox.fault("sms.send", **fault)

    with pytest.raises(ending):
        send()


def test_wrong_credentials_are_our_fault_and_no_refusal(sandbox, settings) -> None:
    settings.SMS = {**settings.SMS, "SECRET_KEY": "wrong"}

    with pytest.raises(NotSent, match=r"AuthFailure\.SignatureFailure"):
        send()
    assert CallLog.objects.get(system="sms").outcome == "unknown"


@pytest.mark.parametrize("phone", ["", "13871326620"])
@pytest.mark.req("3.1")
def test_the_authority_tells_match_mismatch_and_that_it_does_not_know(sandbox, phone) -> None:
    number, unknown = resident_id(61_000), resident_id(61_001)
    sandbox.control("POST", "citizens", {"id_number": number, "name": "林晓雯"})
    sandbox.control("POST", "citizens", {"id_number": unknown, "name": "查无此人"})

    def ask(name: str, id_number: str) -> Verdict:
        return realname.client().check(name=name, id_number=id_number, phone=phone, reference="r")

    assert ask("林晓雯", number) is Verdict.MATCH
    assert ask("王小明", number) is Verdict.MISMATCH
    assert ask("林晓雯", unknown) is Verdict.NO_RECORD
    logged = "".join(f"{row.request}{row.answer}" for row in CallLog.objects.filter(system="realname"))
    for secret in (number, "林晓雯", "13871326620"):
        assert secret not in logged


@pytest.mark.parametrize("code", ["-4", "-6", "-7", "-11", "-12"])
def test_an_authority_that_is_busy_has_said_nothing(sandbox, code) -> None:
    sandbox.fault("realname.check_name", "refuse", code=code)

    with pytest.raises(Unknown):
        realname.client().check(name="林晓雯", id_number=resident_id(), reference="r")
