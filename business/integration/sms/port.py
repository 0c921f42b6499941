"""What the portal needs of a text message service."""

from collections.abc import Sequence
from typing import Protocol


class SmsPort(Protocol):
    """A gateway that sends approved templates (requirement 14: the last way to reach a patient)."""

    def send(self, *, phone: str, template: str, params: Sequence[str], reference: str) -> str:
        """Send one message to a mainland number and return the gateway's number of it.

        ``params`` fill the template's {1}, {2} …; ``reference`` is ours, for the log. Raises ``outcomes.Refused`` with
        the gateway's code (the number is on a blacklist, its limit is reached), ``outcomes.Unknown`` when nobody can
        tell; a message sent twice is a nuisance, not an error.
        """
        ...
