"""A phone number proved by a code: sent, counted, used once, and telling nobody anything."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from business.patients import services
from business.patients.errors import CodeNotSent, TooMany, TooSoon
from business.patients.handlers import forget_codes
from business.patients.models import CodeMessage, PatientRule, PhoneProof
from business.patients.services import phones
from business.security.errors import InvalidInput
from business.security.models import AuditEvent
from tests.factories import AccountFactory, PatientFactory

pytestmark = [pytest.mark.django_db, pytest.mark.req("1.1")]
_number = iter(range(10_000_000, 99_999_999))


@pytest.fixture
def phone() -> str:
    """Give a number no other test uses."""
    return f"139{next(_number)}"


def code_on(sandbox: Any, phone: str) -> str:
    """Return the code that arrived last."""
    return sandbox.control("GET", f"sms?phone={phone}")[0]["params"][0]


def later(seconds: float) -> Any:
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def test_a_code_arrives_proves_the_number_once_and_stands_nowhere(sandbox, phone) -> None:
    account = AccountFactory()

    sent = services.send_code(account=account, phone=f" +86 {phone}", source_ip="10.0.0.1")
    code = code_on(sandbox, phone)
    phones.prove(account=account, phone=phone, code=f" {code[:3]} {code[3:]} ")

    assert (sent.resend_seconds, sent.is_certain, len(code)) == (60, True, 6)
    assert phones.is_proved(account, phone)
    assert not phones.is_proved(AccountFactory(), phone)
    with pytest.raises(InvalidInput, match="重新获取"):
        phones.prove(account=account, phone=phone, code=code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM patients_phoneproof")
        proofs = str(cursor.fetchall())
        cursor.execute("SELECT * FROM patients_codemessage")
        raw = proofs + str(cursor.fetchall())
    assert code not in raw
    assert phone not in raw
    trail = AuditEvent.objects.get(event="patients.phone_proved")
    assert phone not in str(trail.detail)
    with later(phones.PROOF_LASTS.total_seconds() + 1):
        assert not phones.is_proved(account, phone)
    PatientFactory(account=account, phone=phone, phone_proved_at=timezone.now())
    with later(10 * 86_400):
        assert phones.is_proved(account, phone)


def test_a_code_dies_after_five_minutes_and_when_another_is_sent(sandbox, phone) -> None:
    account = AccountFactory()
    services.send_code(account=account, phone=phone)
    first = code_on(sandbox, phone)

    with later(301), pytest.raises(InvalidInput, match="过期"):
        phones.prove(account=account, phone=phone, code=first)
    with later(61):
        services.send_code(account=account, phone=phone)
        second = code_on(sandbox, phone)
        if first != second:
            with pytest.raises(InvalidInput, match="还可以再试 4 次"):
                phones.prove(account=account, phone=phone, code=first)
        phones.prove(account=account, phone=phone, code=second)


def test_after_five_wrong_tries_even_the_right_code_opens_nothing(sandbox, phone) -> None:
    account = AccountFactory()
    services.send_code(account=account, phone=phone)
    code = code_on(sandbox, phone)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    says = []
    for _ in range(phones.MOST_ATTEMPTS):
        with pytest.raises(InvalidInput) as caught:
            phones.prove(account=account, phone=phone, code=wrong)
        says.append(caught.value.sentence)

    with pytest.raises(InvalidInput, match="作废"):
        phones.prove(account=account, phone=phone, code=code)
    assert "还可以再试 4 次" in says[0]
    assert "作废" in says[-1]


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６７", "١٢٣٤٥٦"])
def test_what_is_no_code_costs_no_try(sandbox, phone, typed) -> None:
    account = AccountFactory()
    services.send_code(account=account, phone=phone)

    with pytest.raises(InvalidInput) as caught:
        phones.prove(account=account, phone=phone, code=typed)

    assert caught.value.field == "code"
    assert PhoneProof.objects.get(account=account).attempts == 0


def test_a_number_is_left_in_peace_for_a_minute_whoever_asks(sandbox, phone) -> None:
    services.send_code(account=AccountFactory(), phone=phone)

    with later(13), pytest.raises(TooSoon) as caught:
        services.send_code(account=AccountFactory(), phone=phone)

    assert 40 <= caught.value.seconds <= 48
    assert len(sandbox.control("GET", f"sms?phone={phone}")) == 1


def test_known_and_unknown_numbers_get_the_same_answer(sandbox) -> None:
    known = PatientFactory().phone
    answers = [services.send_code(account=AccountFactory(), phone=number) for number in (known, f"139{next(_number)}")]

    assert {(answer.resend_seconds, answer.is_certain) for answer in answers} == {(60, True)}


def test_codes_are_counted_by_number_account_and_address(sandbox, phone) -> None:
    PatientRule.objects.create(codes_per_phone=2, codes_per_account=3, codes_per_address=4)
    account = AccountFactory()

    def ask(who: Any, number: str, address: str, after: int) -> None:
        with later(after):
            services.send_code(account=who, phone=number, source_ip=address)

    ask(account, phone, "10.0.0.1", 0)
    ask(account, phone, "10.0.0.2", 61)
    with pytest.raises(TooMany, match="这个手机号今天"):
        ask(AccountFactory(), phone, "10.0.0.3", 122)
    ask(account, f"139{next(_number)}", "10.0.0.2", 123)
    with pytest.raises(TooMany, match="您今天"):
        ask(account, f"139{next(_number)}", "10.0.0.4", 124)
    for _ in range(4):
        ask(AccountFactory(), f"139{next(_number)}", "10.0.0.9", 125)
    with pytest.raises(TooMany, match="当前网络"):
        ask(AccountFactory(), f"139{next(_number)}", "10.0.0.9", 126)


def test_a_refusing_and_a_silent_gateway_are_told_apart(sandbox, phone) -> None:
    account, other = AccountFactory(), f"139{next(_number)}"
    sandbox.fault("sms.send", "refuse", code="FailedOperation.PhoneNumberInBlacklist")
    with pytest.raises(CodeNotSent, match="没有发送成功"):
        services.send_code(account=account, phone=phone)

    sandbox.fault("sms.send", "drop_after")
    sent = services.send_code(account=account, phone=other)

    assert not sent.is_certain
    assert list(CodeMessage.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "unknown"]
    phones.prove(account=account, phone=other, code=code_on(sandbox, other))


def test_old_proofs_and_logs_go(sandbox, phone) -> None:
    services.send_code(account=AccountFactory(), phone=phone)

    with later(2 * 86_400):
        forget_codes()
        assert (PhoneProof.objects.count(), CodeMessage.objects.count()) == (0, 1)
    with later(181 * 86_400):
        forget_codes()
    assert not CodeMessage.objects.exists()


@pytest.mark.three_databases
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guess", [False, True], ids=["the right code at once", "all guesses at once"])
def test_a_code_opens_once_and_guesses_are_counted_however_many_come_at_once(monkeypatch, guess) -> None:
    account, phone = AccountFactory(), f"139{next(_number)}"
    phones._store(account, phone, "246810")

    def try_it(number: int) -> str:
        try:
            phones.prove(account=account, phone=phone, code=f"{number:06d}" if guess else "246810")
            return "proved"
        except InvalidInput as problem:
            return problem.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(try_it, range(16)))

    if guess:
        assert answers.count("code_wrong") == phones.MOST_ATTEMPTS
        assert answers.count("code_tries") == 16 - phones.MOST_ATTEMPTS
    else:
        assert answers.count("proved") == 1
        assert set(answers) <= {"proved", "code_used", "code_over", "code_tries"}
