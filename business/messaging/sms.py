"""The way by SMS: messaging knows no phone numbers and no provider; who does plugs in here."""

from collections.abc import Callable, Sequence

# (account_ref, template, params, message_ref) → the gateway's number of the message, None where no phone is known.
# Raises Refused for a definite no, Unknown while nobody can tell.
Sender = Callable[[str, str, Sequence[str], str], str | None]

_sender: list[Sender] = []


def plug_in(sender: Sender) -> None:
    """Say who sends text messages (called once, by the app that knows phone numbers)."""
    _sender[:] = [sender]


def sender() -> Sender | None:
    """Return who sends text messages, None where no provider is set up."""
    return _sender[0] if _sender else None
