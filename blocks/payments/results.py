"""Where the patient goes for each kind of order: payments knows nothing of what is paid for, the kinds tell it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from blocks import roles
from business.patients.models import Account
from business.payments import queries
from business.payments.models import Order


@dataclass(frozen=True)
class KindPages:
    """A kind's part in the checkout."""

    # The page that tells what became of the thing.
    result_url: Callable[[Order, HttpRequest | None], str | None]
    # Give up what is not yet paid, by the kind's own service. Raises PortalError.
    cancel: Callable[[Account, Order], None] | None = None
    # Rows for themes/parts/facts.html that remind of what is paid for. Scoped to the account. Raises PortalError.
    facts: Callable[[Account, Order], list[dict[str, Any]]] | None = None
    # What the patient calls giving up: 取消预约.
    cancel_label: Any = ""
    cancel_text: Any = ""
    # What is kept while the time runs: 号源.
    kept_text: Any = ""


_kinds: dict[str, KindPages] = {}


def register(kind: str, pages: KindPages) -> None:
    """Make a kind's pages known; called once by its block family."""
    _kinds[kind] = pages


def pages_of(order: Order) -> KindPages | None:
    """Return the pages of an order's kind, None where its family is not installed."""
    return _kinds.get(order.kind)


def result_url(order: Order, request: HttpRequest | None) -> str:
    """Return the page that tells what became of an order; the home page where nobody knows a better one."""
    pages = pages_of(order)
    found = pages.result_url(order, request) if pages else None
    return found or roles.url_for("home", request) or "/"


def checkout_url(kind: str, subject_ref: str, request: HttpRequest | None) -> str:
    """Return the checkout of a thing's order; empty where there is no order or no such page. At most 2 SQL."""
    order = queries.order_of_subject(kind, subject_ref)
    return (roles.url_for("payments.checkout", request, order=order.ref) or "") if order else ""
