"""What the checkout needs to know of a registration order."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blocks import roles
from blocks.payments.results import KindPages, register
from blocks.registration import words
from business.patients.models import Account
from business.payments.models import Order
from business.registration import queries, services
from business.registration.kind import KIND


def result_url(order: Order, request: HttpRequest | None) -> str | None:
    """Return the result page of the appointment."""
    return roles.url_for("registration.result", request, appointment=order.subject_ref)


def cancel(account: Account, order: Order) -> None:
    """Cancel the unpaid appointment, which closes the order at the channel first."""
    services.cancel(account=account, appointment_ref=order.subject_ref)


def facts(account: Account, order: Order) -> list[dict[str, Any]]:
    """Return what is booked; 1 SQL."""
    return words.appointment_facts(queries.get_appointment(account, order.subject_ref))


register(
    KIND,
    KindPages(
        result_url=result_url,
        cancel=cancel,
        facts=facts,
        cancel_label=_("取消预约"),
        cancel_text=_("取消后这个号会立即释放给其他患者。您还没有付款，不产生费用。"),
        kept_text=_("号源为您保留"),
    ),
)
