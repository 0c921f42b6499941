"""The registry of what can be paid for: payments itself knows nothing of it (design.md §1)."""

from collections.abc import Iterator
from typing import Protocol

from django.utils.functional import Promise

from business.payments.models import Order, Refund


class PaymentKind(Protocol):
    """One thing that patients pay for; each service registers its own.

    A kind may also have:

    - ``undo(order, *, reason)``: take back what was delivered, outside any transaction and again and again; raises
      Refused (a definite no: finance decides) or RetryLater. The refund follows by itself, unless ``undo`` asked for
      it in its own transaction.
    - ``in_his`` (default True): whether what was settled stands in HIS's trade list.
    - ``show(order)``: rows of (name, value) that say to staff what was paid for, masked.
    - ``second_refunded(refund)``: called like ``refunded`` when a second payment of one order has gone back.
    - ``settle_alarm_minutes`` (default 30): how long a paid order may stay unsettled unnoticed.
    - ``may_pay(order)``: None, or the sentence why the cashier must not open any more (F20).
    """

    @property
    def code(self) -> str:
        """Return the stable name, stored with each order (at most 30 characters)."""

    @property
    def label(self) -> str | Promise:
        """Return the Chinese name."""

    def accept_payment(self, order: Order) -> str | None:
        """Take the money inside the posting transaction, order row locked; a reason instead of None sends it back."""

    def settle(self, order: Order) -> None:
        """Deliver what was paid for, outside any transaction and again and again.

        Ends in ``services.mark_settled`` or ``services.request_refund``; raises RetryLater when neither is known yet.
        """

    def refunded(self, refund: Refund) -> None:
        """Take note that money went back, inside the transaction in which the refund has succeeded."""


_kinds: dict[str, PaymentKind] = {}


def register(kind: PaymentKind) -> None:
    """Make a kind known; called once by the service's AppConfig.ready()."""
    _kinds[kind.code] = kind


def get(code: str) -> PaymentKind:
    """Return the kind of an order; raises LookupError when its service is not installed."""
    try:
        return _kinds[code]
    except KeyError:
        raise LookupError(f"no payment kind «{code}» is registered") from None


def all_kinds() -> Iterator[PaymentKind]:
    """Yield every registered kind (back-office filters)."""
    yield from _kinds.values()
