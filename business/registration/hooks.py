"""What apps above hang onto a booking: they are told when it is made, and may keep it from being given back."""

from collections.abc import Callable
from typing import TypeVar

from business.registration.models import Appointment

Booked = Callable[[Appointment], None]
Guard = Callable[[Appointment], str | None]
B = TypeVar("B", bound=Booked)
G = TypeVar("G", bound=Guard)

_booked: list[Booked] = []
_guards: list[Guard] = []


def on_booked(function: B) -> B:
    """Register what is called, in its transaction, when an appointment becomes booked."""
    _booked.append(function)
    return function


def give_back_guard(function: G) -> G:
    """Register who may say, with a sentence, why a booked appointment can no longer be cancelled or moved online."""
    _guards.append(function)
    return function


def booked(appointment: Appointment) -> None:
    """Tell everybody."""
    for told in _booked:
        told(appointment)


def why_kept(appointment: Appointment) -> str:
    """Return the first sentence that forbids giving it back, empty where nobody objects."""
    return next((why for guard in _guards if (why := guard(appointment))), "")
