"""Notices of a channel: verified, applied by the same functions as a query's answer, logged whatever happens."""

import json
import time
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from business.integration.models import CallLog
from business.payments.channels import open_notice
from business.payments.channels.port import BadNotification, Notice, PaymentFact, RefundFact
from business.payments.errors import PostingRefused
from business.payments.models import Merchant, Payment
from business.payments.services.posting import post_payment
from business.payments.services.refunding import apply_refund
from business.security.masking import mask_json, mask_text

MAX_BYTES = 100_000
LOG_CHARACTERS = 2000


def handle_notification(
    headers: Mapping[str, str], body: bytes, *, channel_code: str = Merchant.Channel.WECHATPAY
) -> None:
    """Verify a notice and apply it; returns when it is safely stored (or was before), so that 2xx may be answered.

    Raises BadNotification with the HTTP status to answer; anything else raised means: say it again later.
    """
    began = time.monotonic()
    notice: Notice | None = None
    outcome, status, code = CallLog.Outcome.UNKNOWN, 500, "ERROR"
    try:
        if len(body) > MAX_BYTES:
            raise BadNotification("TOO_LARGE", "报文过大", status=413)
        notice = open_notice(channel_code, headers, body)
        _apply(notice)
        outcome, status, code = CallLog.Outcome.OK, 204, "OK"
    except BadNotification as bad:
        outcome, status, code = CallLog.Outcome.REFUSED, bad.status, bad.code
        raise
    finally:
        _log(channel_code, notice, headers, body, began=began, outcome=outcome, status=status, code=code)


def _apply(notice: Notice) -> None:
    refusal: PostingRefused | None = None
    # Orders paid together come in one notice; one that does not fit keeps none of the others from being posted.
    for fact in notice.facts:
        try:
            if isinstance(fact, PaymentFact):
                post_payment(fact, Payment.LearnedBy.CALLBACK)
            else:
                apply_refund(fact)
        except PostingRefused as error:
            refusal = error
    if refusal is not None:
        raise BadNotification("NOT_POSTED", "与本系统订单不符", status=409) from refusal


def _log(
    channel_code: str,
    notice: Notice | None,
    headers: Mapping[str, str],
    body: bytes,
    *,
    began: float,
    outcome: str,
    status: int,
    code: str,
) -> None:
    request_id = next((value for name, value in headers.items() if name.lower() == "request-id"), "")
    CallLog.objects.create(
        at=timezone.now(),
        system=channel_code,
        direction=CallLog.Direction.IN,
        operation=f"notify {notice.event if notice else '?'}"[:80],
        trade_no=(notice.facts[0].out_trade_no if notice and notice.facts else "")[:64],
        request=_readable(notice, body)[:LOG_CHARACTERS],
        answer="" if status < 400 else code,  # noqa: PLR2004
        http_status=status,
        code=code[:60],
        outcome=outcome,
        duration_ms=int((time.monotonic() - began) * 1000),
        request_id=request_id[:100],
    )


def _readable(notice: Notice | None, body: bytes) -> str:
    if notice is not None and notice.facts:
        facts = [_plain(fact) for fact in notice.facts]
        return json.dumps(mask_json(facts[0] if len(facts) == 1 else facts), ensure_ascii=False)
    # Not verified: nothing in it can be trusted, a beginning is enough to recognise it by.
    return mask_text(body[:300].decode(errors="replace"))


def _plain(fact: PaymentFact | RefundFact) -> dict[str, Any]:
    return {name: str(value) for name, value in vars(fact).items() if value not in (None, "")}
