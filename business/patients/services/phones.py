"""A phone number proved by a code: six digits, five minutes, few tries, counted by number, account and address.

A proof belongs to an account and a number. Whether the number is known to anybody never shows: every number gets a
code, and the same sentences.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from business.integration import sms
from business.integration.outcomes import Refused, Unknown
from business.patients import identity, rules
from business.patients.errors import CodeNotSent, TooMany, TooSoon
from business.patients.models import Account, CodeMessage, Patient, PatientRule, PhoneProof
from business.security import audit, crypto, limits
from business.security.errors import InvalidInput
from business.security.masking import mask_phone

DIGITS = 6
LIFE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
RESEND_SECONDS = 60
PROOF_LASTS = timedelta(minutes=30)
HOUR, DAY = 3600, 86_400
BURST = 5  # codes a number may be sent in an hour, whoever asks


@dataclass(frozen=True)
class CodeSent:
    """A code is on its way (or may be, where the gateway did not answer in time)."""

    masked_phone: str
    resend_seconds: int
    is_certain: bool


def phone_index(phone: str) -> str:
    """Return the blind index of a checked number."""
    return crypto.blind_index("patient.phone", phone)


def is_required(rule: PatientRule) -> bool:
    """Tell whether numbers must be proved: the hospital wants it and can send messages."""
    return rule.phone_code and sms.is_configured()


def is_proved(account: Account, phone: str) -> bool:
    """Tell whether the account has shown lately, or for a patient it has, that this number is theirs; 2 SQL at most."""
    index, since = phone_index(phone), timezone.now() - PROOF_LASTS
    if PhoneProof.objects.filter(account=account, phone_index=index, proved_at__gt=since).exists():
        return True
    listed = Patient.objects.filter(account=account, removed_at=None, phone_index=index)
    return listed.filter(phone_proved_at__isnull=False).exists()


def send_code(*, account: Account, phone: str, source_ip: str | None = None) -> CodeSent:
    """Send a new code to a number; the one before is void.

    Raises InvalidInput for what is no number, TooSoon with the seconds to wait, TooMany when a limit is reached,
    CodeNotSent where the gateway refuses. Must not be called inside a transaction.
    """
    number = identity.check_phone(phone)
    rule = rules.current()
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    with transaction.atomic():
        message = _admit(rule, account, number, source_ip)
        _store(account, number, code)
    certain = _send(message, number, code)
    return CodeSent(mask_phone(number), RESEND_SECONDS, certain)


def _admit(rule: PatientRule, account: Account, number: str, source_ip: str | None) -> CodeMessage:
    # A number is left in peace for a minute whoever asks: the pause is of the number, not of the account.
    if left := limits.pause("code.resend", number, seconds=RESEND_SECONDS):
        raise TooSoon(f"验证码刚刚发送过，请 {left} 秒后再获取", seconds=left)
    counted = (
        ("code.hour", number, BURST, HOUR, "这个手机号一小时内获取验证码次数过多，请稍后再试"),
        ("code.day", number, rule.codes_per_phone, DAY, "这个手机号今天获取验证码次数过多，请明天再试或到服务台办理"),
        ("code.account", account.ref, rule.codes_per_account, DAY, "您今天获取验证码次数过多，请明天再试"),
        ("code.address", source_ip or "", rule.codes_per_address, HOUR, "当前网络获取验证码次数过多，请稍后再试"),
    )
    for purpose, subject, most, seconds, sentence in counted:
        if subject and not limits.take(purpose, subject, most=most, seconds=seconds):
            raise TooMany(sentence)
    return CodeMessage.objects.create(
        account=account, phone=number, phone_index=phone_index(number), source_ip=source_ip
    )


def _digest(account: Account, index: str, code: str) -> str:
    return crypto.blind_index(f"patients.code.{account.ref}.{index}", code)


def _store(account: Account, number: str, code: str) -> None:
    index = phone_index(number)
    facts = {
        "code_digest": _digest(account, index, code),
        "attempts": 0,
        "expires_at": timezone.now() + LIFE,
    }
    if PhoneProof.objects.filter(account=account, phone_index=index).update(**facts):
        return
    try:
        with transaction.atomic():
            PhoneProof.objects.create(account=account, phone_index=index, **facts)
    except IntegrityError:
        PhoneProof.objects.filter(account=account, phone_index=index).update(**facts)


def _send(message: CodeMessage, number: str, code: str) -> bool:
    """Send and write down what became of it; True where the gateway took it."""
    minutes = str(int(LIFE.total_seconds()) // 60)
    try:
        message.serial = sms.client().send(
            phone=number, template=settings.SMS["CODE_TEMPLATE"], params=[code, minutes], reference=message.ref
        )[:80]
        message.state = CodeMessage.State.SENT
    except Refused as no:
        message.state, message.problem = CodeMessage.State.REFUSED, f"{no.code} {no.message}"[:200]
        raise CodeNotSent("短信没有发送成功，请核对手机号；如号码无误，请稍后再试或到服务台办理") from no
    except Unknown as silence:
        message.state, message.problem = CodeMessage.State.UNKNOWN, str(silence)[:200]
    finally:
        message.save(update_fields=["state", "problem", "serial"])
    return message.state == CodeMessage.State.SENT


def prove(*, account: Account, phone: str, code: str) -> None:
    """Prove a checked number by its code, once; raise InvalidInput at the field ``code``.

    The try is counted before the code is looked at, and stays counted: must not be called inside a transaction that
    may roll back.
    """
    index, typed, now = phone_index(phone), identity.tidy(code).replace(" ", ""), timezone.now()
    if not typed:
        raise _wrong("code_empty", "请先获取短信验证码并填写")
    if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
        raise _wrong("code_form", f"验证码是 {DIGITS} 位数字，请核对短信")
    open_proofs = PhoneProof.objects.filter(account=account, phone_index=index).exclude(code_digest="")
    live = open_proofs.filter(expires_at__gt=now)
    if not live.filter(attempts__lt=MOST_ATTEMPTS).update(attempts=F("attempts") + 1):
        if live.exists():
            raise _wrong("code_tries", "验证码错误次数过多，已作废，请重新获取")
        raise _wrong("code_over", "验证码已过期或还没有获取，请重新获取")
    # Exactly one of several that come with the right code at once takes it.
    if live.filter(code_digest=_digest(account, index, typed)).update(code_digest="", proved_at=now):
        audit.record("patients.phone_proved", account_ref=account.ref, detail={"phone": phone})
        return
    attempts = live.values_list("attempts", flat=True).first()
    if attempts is None:
        raise _wrong("code_used", "验证码已使用过，请重新获取")
    left = MOST_ATTEMPTS - attempts
    raise _wrong(
        "code_wrong", f"验证码不正确，还可以再试 {left} 次" if left else "验证码错误次数过多，已作废，请重新获取"
    )


def must_be_proved(*, rule: PatientRule, account: Account, phone: str, code: str) -> bool:
    """See to it that a checked number is proved where the hospital wants that; return whether it is proved."""
    if not is_required(rule):
        return is_proved(account, phone)
    if not is_proved(account, phone):
        prove(account=account, phone=phone, code=code)
    return True


def _wrong(code: str, sentence: str) -> InvalidInput:
    return InvalidInput(sentence, field="code", code=code)
