"""What WeChat Pay tells, in the portal's own words; what cannot be read leaves the outcome unknown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from business.integration.outcomes import Unknown
from business.payments.channels.port import PaymentFact, RefundFact


def payment_fact(answer: Mapping[str, Any]) -> PaymentFact:
    """Read a trade as query and notice tell it; raises Unknown for one that cannot be read."""
    fact = PaymentFact(
        out_trade_no=text(answer, "out_trade_no"),
        state=text(answer, "trade_state"),
        # A service provider is told of both; the money is the sub-merchant's.
        mchid=text(answer, "sub_mchid" if "sub_mchid" in answer else "mchid"),
        app_id=text(answer, "sp_appid" if "sp_appid" in answer else "appid"),
    )
    if not fact.is_paid:
        return fact
    amount = answer.get("amount")
    return PaymentFact(
        out_trade_no=fact.out_trade_no,
        state=fact.state,
        mchid=fact.mchid,
        app_id=fact.app_id,
        transaction_id=text(answer, "transaction_id"),
        amount_fen=fen(amount, "total"),
        currency=text(amount, "currency"),
        success_at=moment(answer.get("success_time")),
    )


def refund_fact(answer: Mapping[str, Any], state: str) -> RefundFact:
    """Read a refund as answer, query and notice tell it; raises Unknown for one that cannot be read."""
    success_time = answer.get("success_time")
    return RefundFact(
        out_refund_no=text(answer, "out_refund_no"),
        state=state,
        out_trade_no=text(answer, "out_trade_no"),
        transaction_id=text(answer, "transaction_id"),
        channel_refund_id=text(answer, "refund_id"),
        amount_fen=fen(answer.get("amount"), "refund"),
        success_at=moment(success_time) if state == "SUCCESS" and success_time else None,
    )


def text(answer: Any, name: str) -> str:
    """Return a text that must be there."""
    value = answer.get(name) if isinstance(answer, Mapping) else None
    if not isinstance(value, str) or not value:
        raise Unknown(f"wechatpay: no {name} in the answer")
    return value


def fen(amount: Any, name: str) -> int:
    """Return an amount that must be there."""
    value = amount.get(name) if isinstance(amount, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Unknown(f"wechatpay: no amount {name} in the answer")
    return value


def moment(value: Any) -> datetime:
    """Return an aware point in time."""
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or timezone.is_naive(parsed):
        raise Unknown("wechatpay: no usable time in the answer")
    return parsed


def part_facts(answer: Mapping[str, Any]) -> list[PaymentFact]:
    """Read orders that were paid together, each part as an order of its own."""
    app_id = text(answer, "combine_appid")
    parts = answer.get("sub_orders")
    if not isinstance(parts, list) or not parts:
        raise Unknown("wechatpay: no parts in the answer")
    facts = []
    for part in parts:
        paid = text(part, "trade_state") in {"SUCCESS", "REFUND"}
        facts.append(
            PaymentFact(
                out_trade_no=text(part, "out_trade_no"),
                state=text(part, "trade_state"),
                mchid=text(part, "sub_mchid" if part.get("sub_mchid") else "mchid"),
                app_id=app_id,
                transaction_id=text(part, "transaction_id") if paid else "",
                amount_fen=fen(part.get("amount"), "total_amount") if paid else 0,
                currency=text(part.get("amount"), "currency") if paid else "",
                success_at=moment(part.get("success_time")) if paid else None,
            )
        )
    return facts
