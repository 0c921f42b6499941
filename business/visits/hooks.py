"""What other apps hang onto visits: they are told of a patient who did not come."""

from collections.abc import Callable
from typing import TypeVar

from business.registration.models import Appointment

NoShow = Callable[[Appointment], None]
N = TypeVar("N", bound=NoShow)

_no_shows: list[NoShow] = []


def on_no_show(function: N) -> N:
    """Register what is called, in its transaction, when a booking is marked as not kept."""
    _no_shows.append(function)
    return function


def no_show(appointment: Appointment) -> None:
    """Tell everybody."""
    for told in _no_shows:
        told(appointment)
