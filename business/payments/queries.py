"""What pages and the back office read of orders; every look-up by a patient is scoped to the account."""

from business.patients.models import Account
from business.payments.errors import NotFoundError
from business.payments.models import Order


def get_order(account: Account, ref: str) -> Order:
    """Return one order of an account; raises NotFoundError."""
    order = Order.objects.filter(account=account, ref=ref).first()
    if order is None:
        raise NotFoundError
    return order


def order_of_subject(kind: str, subject_ref: str) -> Order | None:
    """Return the live order of a thing, else its newest, else None."""
    orders = Order.objects.filter(kind=kind, subject_ref=subject_ref)
    return orders.filter(live_claim__isnull=False).first() or orders.order_by("-id").first()
